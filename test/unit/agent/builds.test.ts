import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { agentBinary, agentName, hostAbi, programVersion, projectRoot } from "../../../electron/agent/builds.js";

it("finds the project and its version", () => {
  expect(existsSync(join(projectRoot, "device-agent"))).toBe(true);
  expect(programVersion).toMatch(/^\d+\.\d+\.\d+$/);
});

it("names agents", () => {
  expect(agentName("phonon")).toBe("phonon-agent");
  expect(agentName("llama.cpp", "i8mm")).toBe("phonon-llama-i8mm");
  expect(() => agentName("llama.cpp")).toThrow();
  expect(() => agentName("llama.cpp", "../x")).toThrow();
  expect(["x64", "arm64", "riscv64"].map(hostAbi)).toEqual(["x86_64", "arm64-v8a", null]);
});

it("says what to do when an agent is not built", () => {
  vi.stubEnv("PHONON_AGENTS", "/nowhere");
  const own = hostAbi()!;
  const other = own === "x86_64" ? "arm64-v8a" : "x86_64";
  for (const [abi, command] of [
    [own, "npm run setup"],
    [other, "npm run setup -- --phones"],
  ]) {
    expect(() => agentBinary(abi!, "phonon")).toThrow(
      `phonon-agent for ${abi} is not built (/nowhere/${abi}/phonon-agent is missing). Run \`${command}\` to build`,
    );
  }
  vi.unstubAllEnvs();
});
