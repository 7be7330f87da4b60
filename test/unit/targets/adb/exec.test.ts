import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseOutcome, run, runOk } from "../../../../electron/targets/adb/exec.js";
import { sh } from "../../../../electron/targets/adb/shell-text.js";
import { codeOf } from "../codes.js";
import { FakeAdb } from "../fake-adb.js";

let adb: FakeAdb;
const operation = { what: "Trying", ms: 5000 };

beforeEach(async () => {
  adb = await FakeAdb.start();
  adb.setDevice("A1", "device");
});
afterEach(() => adb.stop());

describe("run", () => {
  it("gives output, errors and status", async () => {
    expect(await run("A1", sh`echo out; echo err >&2; false`, operation)).toEqual({ status: 1, output: "out\nerr\n" });
    expect(await run("A1", sh`printf no-newline`, operation)).toEqual({ status: 0, output: "no-newline" });
  });

  it("is not fooled by output that looks like a status", () => {
    expect(parseOutcome("phonon-exit:0\nphonon-exit:7\n", "x")).toEqual({ status: 7, output: "phonon-exit:0\n" });
    expect(() => parseOutcome("phonon-exit:0\nphonon-ex", "x")).toThrow("unplugged");
    expect(() => parseOutcome("", "x")).toThrow("unplugged");
  });

  it("says when the device goes away in the middle", async () => {
    const running = codeOf(run("A1", sh`sleep 5`, operation));
    await expect.poll(() => adb.requests.some((r) => r.startsWith("exec:"))).toBe(true);
    adb.dropConnections();
    expect(await running).toBe("device_lost");
  });

  it("ends a device that does not stop talking", async () => {
    expect(await codeOf(run("A1", sh`head -c 3000000 /dev/zero`, operation))).toBe("device_failed");
  });
});

describe("runOk", () => {
  it("throws what the command said, made printable", async () => {
    await expect(runOk("A1", sh`printf 'a\033b\nc' >&2; exit 3`, operation)).rejects.toThrow(
      "Trying on A1 failed with status 3: a b c.",
    );
    adb.commands.set("mkdir", { status: 1, output: "mkdir: '/data/x': No space left on device\n" });
    expect(await codeOf(runOk("A1", sh`mkdir x`, operation))).toBe("no_space");
  });
});
