import { defineConfig } from "vitest/config";

// unit and protocol run anywhere; phone needs root (a virtual phone); e2e needs the built agents and Chromium.
// phone and e2e share devices, ports and the two cores, so their files run one after the other. All talk to other programs
// in real time on machines that are shared: a test may be tried once again, and is named at the end of its stage if so
// (test/runner/vitest.mjs).
export default defineConfig({
  test: {
    coverage: {
      provider: "v8",
      include: ["electron/**/*.ts", "renderer/**/*.{ts,tsx}"],
      reportsDirectory: "build/coverage",
    },
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.{ts,tsx}", "test/protocol/**/*.test.ts"], retry: 1 } },
      {
        test: {
          name: "phone",
          include: ["test/phone/**/*.test.ts"],
          fileParallelism: false,
          retry: 1,
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 120_000,
          hookTimeout: 240_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          globalSetup: "test/e2e/adb-server.ts",
          fileParallelism: false,
          retry: 1,
          expect: { poll: { timeout: 20_000 } },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
