/** A device's profile in round numbers, enough to plan with. */
import type { HardwareProfile } from "../../../electron/agent/messages.js";
import { keepProfile } from "../../../electron/store/index.js";
import { deviceFacts } from "./events.js";

const product = { share: 1, rows: 4096, cols: 4096, threads: 1, seconds: 1e-3, bytes_per_s: 1e10, macs_per_s: 1e10 };
const flash = { core: null, range_bytes: 2 ** 30, bytes_per_s: 2 ** 28, p50_us: 100, p99_us: 200, cpu_us: 5 };

export const measuredProfile: HardwareProfile = {
  kernels: "avx2",
  cores: [0],
  seconds: 25,
  flash: {
    backend: "io_uring",
    direct: true,
    note: "",
    file_bytes: 2 ** 30,
    write_bytes_per_s: 1e9,
    read_core_us: 20,
    points: [
      { ...flash, pattern: "random", block_bytes: 4096, depth: 1 },
      { ...flash, pattern: "random", block_bytes: 8192, depth: 64 },
      { ...flash, pattern: "sequential", block_bytes: 2 ** 20, depth: 8 },
    ],
  },
  memory: [{ threads: 1, bytes_per_s: 2e10 }],
  products: ["Q4_0", "Q8_0", "Q4_K", "F16"].flatMap((type) => [
    ...[1, 4, 64].map((batch) => ({ ...product, type, batch, layout: "tiled" as const })),
    ...(["rows", "columns"] as const).map((layout) => ({ ...product, type, batch: 1, layout })),
  ]),
  skipped: [],
};

export const keepMeasured = (target = "local", profile = measuredProfile, device = deviceFacts): Promise<string> =>
  keepProfile({
    target,
    measured_at: "2026-01-02T03:04:05.000Z",
    agent_build: "build-1",
    device,
    profile,
  });
