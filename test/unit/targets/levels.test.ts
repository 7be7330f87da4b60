import { describe, expect, it } from "vitest";
import { chooseLevel } from "../../../electron/targets/levels.js";

const v3 = ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"]; // Linux 6.18 lists no "abm"
const v4vnni = [...v3, "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"].concat([
  "avx512_vnni",
  "avx512vbmi",
  "avx512_bf16",
]);
const arm = ["fp", "asimd", "asimdhp", "asimddp"];

describe("chooseLevel", () => {
  it.each([
    ["x86_64", v4vnni, "v4vnni"],
    ["x86_64", v4vnni.filter((f) => f !== "avx512_bf16"), "v3"],
    ["arm64-v8a", [...arm, "i8mm", "bf16"], "i8mm"],
    ["arm64-v8a", arm, "dotprod"],
  ])("%s with %j: %s", (abi, features, level) => {
    expect(chooseLevel(abi, features)).toBe(level);
  });

  it("takes what is asked for where the processor can", () => {
    expect(chooseLevel("x86_64", v4vnni, "v3")).toBe("v3");
    expect(() => chooseLevel("x86_64", v3, "v4vnni")).toThrow("avx512f");
    expect(() => chooseLevel("x86_64", v3, "i8mm")).toThrow("v4vnni, v3");
  });

  it("says what is missing", () => {
    expect(() => chooseLevel("arm64-v8a", ["fp", "asimd"])).toThrow("lacks asimddp, asimdhp");
    expect(() => chooseLevel("armeabi-v7a", [])).toThrow("no build");
  });
});
