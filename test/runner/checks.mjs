// Gates that look at the code without running it: types, lint, import borders, formatting.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../electron/setup/paths.mjs";

const bin = (path) => [process.execPath, join(root, "node_modules", path)];

function cppSources() {
  return ["device-agent", "native", "test/agent"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((f) => /\.(cc|h)$/.test(f))
      .map((f) => join(root, folder, f)),
  );
}

const gates = {
  "types: control side": () => [...bin("typescript/bin/tsc"), "-p", "tsconfig.json", "--noEmit"],
  "types: renderer": () => [...bin("typescript/bin/tsc"), "-p", "renderer/tsconfig.json", "--noEmit"],
  "types: tests": () => [...bin("typescript/bin/tsc"), "-p", "test/tsconfig.json", "--noEmit"],
  "lint and import borders": () => [...bin("eslint/bin/eslint.js"), "--max-warnings", "0", "."],
  "format: TypeScript": () => [...bin("prettier/bin/prettier.cjs"), "--check", "--log-level", "warn", "."],
  "format: C++": () => ["clang-format", "--dry-run", "-Werror", ...cppSources()],
};

export function checks() {
  return Object.entries(gates).map(([name, command]) => {
    const [program, ...args] = command();
    const result = spawnSync(program, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    if (result.error?.code === "ENOENT")
      return { name, passed: 0, failed: 0, skipped: [`${name}: ${program} is not installed`] };
    return { name, passed: result.status === 0 ? 1 : 0, failed: result.status === 0 ? 0 : 1, skipped: [] };
  });
}
