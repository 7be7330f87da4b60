// One vitest project, counted from its JSON report.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { say } from "../../electron/setup/console.mjs";
import { root } from "../../electron/setup/paths.mjs";

export function vitest(project) {
  const report = join(root, `build/vitest-${project}.json`);
  rmSync(report, { force: true });
  const coverage = project === "unit" ? ["--coverage"] : [];
  const args = [
    "run",
    "--project",
    project,
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...coverage,
  ];
  spawnSync(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), ...args], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (!existsSync(report)) return [{ name: project, passed: 0, failed: 1, skipped: [] }];
  const result = JSON.parse(readFileSync(report, "utf8"));
  const tests = result.testResults.flatMap((file) => file.assertionResults);
  const brokenFiles = result.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((t) => t.status !== "failed"),
  );
  const failed = tests.filter((t) => t.status === "failed");
  for (const test of tests) if (isRetried(test)) say(`passed only when tried again: ${inWords(test)}`);
  return [
    {
      name: `TypeScript tests, ${project}`,
      passed: tests.filter((t) => t.status === "passed").length,
      failed: failed.length + brokenFiles.length,
      failures: [...failed.map(inWords), ...brokenFiles.map((file) => file.name)],
      skipped: tests.filter((t) => t.status !== "passed" && t.status !== "failed").map((t) => t.fullName),
    },
  ];
}

/** A test that passed has failures where it was tried before. */
const isRetried = ({ status, failureMessages }) => status === "passed" && failureMessages.length > 0;

const inWords = ({ fullName, failureMessages }) =>
  `${fullName}: ${stripVTControlCharacters(failureMessages[0] ?? "").split("\n")[0]}`;
