import { describe, expect, it } from "vitest";
import type { Check, DeviceReport } from "../../../../electron/ipc/contract.js";
import { checksInWords, coresInWords, factsOf, levelsOf, sortedChecks } from "../../../../renderer/state/targets.js";
import { REPORT } from "../../ipc/fake-side.js";

const core = (id: number, maxMhz: number | null, kind: "big" | "mid" | "little") => ({ id, maxMhz, class: kind });
const values = (report: DeviceReport) => Object.fromEntries(factsOf(report).map(({ label, value }) => [label, value]));

describe("targets in words", () => {
  it("cores that are alike stand together, the fastest first", () => {
    const cores = [core(0, 1800, "little"), core(1, 1800, "little"), core(2, 2300, "mid"), core(3, 3200, "big")];
    expect(coresInWords(cores)?.replaceAll("\u00a0", " ")).toBe(
      "1 × 3.20 GHz big, 1 × 2.30 GHz mid, 2 × 1.80 GHz little",
    );
    expect(coresInWords([core(0, null, "big"), core(1, null, "big")])).toBe("2\u00a0cores");
    expect(coresInWords([])).toBeNull();
  });

  it("tell of a phone what it tells, and nothing else", () => {
    const phone: DeviceReport = {
      ...REPORT,
      ...{ os: "Android 15", kernel: "Linux 6.1", npu: "Hexagon V75", throttling: "light" },
      battery: { percent: 84.4, charging: false, celsius: 29.12, volts: 4.1, amps: null },
      temps: [
        { zone: "skin", celsius: 31 },
        { zone: "cpu", celsius: 55.26 },
      ],
    };
    expect(values(phone)).toMatchObject({
      Battery: "84 %, discharging, 29.1 °C",
      Heat: "throttled: light, 55.3 °C (cpu)",
      System: "Android 15 · Linux 6.1",
      NPU: "Hexagon V75",
    });
    const bare = { ...REPORT, soc: null, abi: null, kernel: null, cores: [] };
    expect(factsOf(bare)).toEqual([]);
    expect(factsOf({ ...bare, throttling: "none" })).toEqual([{ label: "Heat", value: "not throttled" }]);
  });

  it("show what a device calls itself as text", () => {
    expect(values({ ...REPORT, soc: "\u202e<b>x</b>" })["Chip"]).toBe("⟨U+202E⟩<b>x</b>");
  });

  it("tell how much is left, where both figures are known", () => {
    expect(levelsOf(REPORT).map(({ words }) => words)).toEqual([
      "6.00 GiB of 8.00 GiB available",
      "128 GiB of 1.00 TiB free",
    ]);
    expect(levelsOf({ ...REPORT, memory: { totalBytes: null, availableBytes: 5 } })).toHaveLength(1);
    expect(levelsOf({ ...REPORT, memory: { totalBytes: 0, availableBytes: 0 } })).toHaveLength(1);
  });
});

describe("checks", () => {
  const check = (status: Check["status"], name: string = status): Check => ({ name, status, detail: "" });

  it("that need attention come first", () => {
    const sorted = sortedChecks([check("ok", "a"), check("warn"), check("ok", "b"), check("fail")]);
    expect(sorted.map(({ name }) => name)).toEqual(["fail", "warn", "a", "b"]);
  });

  it.each([
    [["ok", "ok"], "All checks passed"],
    [["ok", "warn"], "Ready, with one reservation"],
    [["warn", "warn"], "Ready, with 2 reservations"],
    [["fail", "warn"], "One check failed"],
    [["fail", "fail"], "2 checks failed"],
  ] as const)("%j: %s", (statuses, words) => {
    expect(checksInWords(statuses.map((status) => check(status)))).toBe(words);
  });
});
