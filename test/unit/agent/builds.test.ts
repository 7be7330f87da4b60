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
  expect(() => agentBinary("arm64-v8a", "phonon")).toThrow(
    "phonon-agent for arm64-v8a is not built (/nowhere/arm64-v8a/phonon-agent is missing). Run `npm run setup`",
  );
  vi.unstubAllEnvs();
});
