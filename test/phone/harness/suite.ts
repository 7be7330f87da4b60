/** `describe` for tests that need a virtual phone: where none can run they are listed as skipped, with the reason. */
import { describe } from "vitest";
import { canRunPhones } from "./can-run.js";

export function describePhones(name: string, tests: () => void): void {
  const able = canRunPhones();
  if (able.ok) {
    describe(name, tests);
  } else if (process.env["PHONON_REQUIRE_ALL"] === "1") {
    describe(name, () => {
      throw new Error(`PHONON_REQUIRE_ALL=1, and ${able.reason}`);
    });
  } else {
    describe.skip(`${name} (${able.reason})`, tests);
  }
}
