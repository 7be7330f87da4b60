// `npm test`: sets up, runs every gate, and ends with one line: N passed, N failed, N skipped.
//
//   node test/run.mjs [STAGE ...]     only these stages: see `stages` below
//   npm run test:nightly              the stages that are not part of npm test
//
// With PHONON_REQUIRE_ALL=1 (CI) a skipped test other than Electron's own window is a failure.
import { existsSync } from "node:fs";
import { ensurePrograms } from "../electron/setup/debian.mjs";
import { say, SetupError } from "../electron/setup/console.mjs";
import { setUp } from "../electron/setup/setup.mjs";
import { checks } from "./runner/checks.mjs";
import { cpp } from "./runner/cpp.mjs";
import { vitest } from "./runner/vitest.mjs";

const requireAll = process.env.PHONON_REQUIRE_ALL === "1";
const isRoot = process.getuid?.() === 0;

/** name -> work that returns [{ name, passed, failed, failures?: string[], skipped: string[] }] */
const stages = {
  checks,
  "cpp-release": () => cpp("release"),
  "cpp-arm64": () => cpp("arm64"),
  unit: () => vitest("unit"),
  phone: async () => {
    const able = isRoot && (await ensurePrograms("virtualPhone", { optional: !requireAll }));
    if (able || requireAll) return vitest("phone");
    return [
      {
        name: "phone",
        passed: 0,
        failed: 0,
        skipped: ["virtual phone: needs root on Linux with debootstrap and iproute2"],
      },
    ];
  },
  e2e: () => vitest("e2e"),
  "cpp-address": () => cpp("address"),
  "cpp-thread": () => cpp("thread"),
};

/** Run by name only: instrumented builds take as long as all the rest. */
const nightly = ["cpp-address", "cpp-thread"];

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !(name in stages));
if (unknown.length > 0) {
  say(`no stage ${unknown.join(", ")}; there are: ${Object.keys(stages).join(", ")}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0 };
const skipped = [];
const failures = [];
const started = Date.now();

/** A stage that breaks is one failure; the others still run. */
async function runStage(name, work) {
  try {
    return await work();
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error);
    return [{ name, passed: 0, failed: 1, skipped: [] }];
  }
}

try {
  await ensurePrograms("test", { optional: !requireAll });
  const onlyNightly = chosen.length > 0 && chosen.every((name) => nightly.includes(name)); // they build their own tests
  const canPhones = existsSync("/usr/bin/aarch64-linux-gnu-g++") || isRoot || requireAll;
  await setUp({ phones: canPhones && !onlyNightly, tests: !onlyNightly });
  for (const [name, work] of Object.entries(stages)) {
    if (chosen.length > 0 ? !chosen.includes(name) : nightly.includes(name)) continue;
    const begun = Date.now();
    const results = await runStage(name, work);
    for (const r of results) {
      total.passed += r.passed;
      total.failed += r.failed;
      skipped.push(...r.skipped);
      if (r.failed > 0) failures.push(...(r.failures?.map((f) => `${r.name}: ${f}`) ?? [r.name]));
      const counts = `${r.passed} passed, ${r.failed} failed${r.skipped.length ? `, ${r.skipped.length} skipped` : ""}`;
      say(`${r.name}: ${counts}`);
    }
    say(`stage ${name} took ${((Date.now() - begun) / 1000).toFixed(0)} s`);
  }
} catch (error) {
  total.failed += 1;
  console.error(error instanceof SetupError ? error.message : error);
}

for (const failure of failures) say(`failed: ${failure}`);
for (const reason of skipped) say(`not run: ${reason}`);
const forbidden = requireAll ? skipped.filter((reason) => !/electron/i.test(reason)) : [];
if (forbidden.length > 0) say(`PHONON_REQUIRE_ALL=1: ${forbidden.length} skipped tests count as failed`);
total.failed += forbidden.length;
say(`tests took ${((Date.now() - started) / 60_000).toFixed(1)} min`);
console.log(`${total.passed} passed, ${total.failed} failed, ${skipped.length - forbidden.length} skipped`);
process.exitCode = total.failed === 0 ? 0 : 1;
