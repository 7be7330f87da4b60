/** What a device can do, as its agent measured it (device-agent/src/planner/hardware_profile.h). */
import { z } from "zod";
import { cores, count, name, real, small } from "./bounds.js";

const points = 4096; // at most, of each list
const speed = z.number().min(0); // per second

export const flashPoint = z.object({
  pattern: z.enum(["random", "sequential"]),
  block_bytes: count,
  depth: small, // reads under way at once
  range_bytes: count, // of the file, within which was read
  core: small.nullable(), // that the issuing thread was pinned to
  bytes_per_s: speed,
  p50_us: real, // from submission to completion
  p99_us: real,
  cpu_us: real, // of the issuing thread, per read
});

export const kernelPoint = z.object({
  type: name, // of the weights; "two-bit", "low-rank": of a predictor of such a matrix
  layout: z.enum(["tiled", "rows", "columns"]), // the whole matrix, or a share of its rows or columns
  share: z.number().min(0).max(1),
  rows: count,
  cols: count,
  batch: small,
  threads: small,
  seconds: real,
  bytes_per_s: speed, // of weights
  macs_per_s: speed,
});

export const hardwareProfile = z.object({
  kernels: name, // instruction-set level
  cores, // of the compute threads
  seconds: real, // that measuring took
  flash: z.object({
    backend: name, // "io_uring", "aio", "threads"
    direct: z.boolean(), // past the page cache
    note: z.string().max(4096), // what was refused on the way; "": nothing
    file_bytes: count,
    write_bytes_per_s: speed,
    read_core_us: real.nullable().default(null), // that a read takes from cores that all compute; null: not measured
    points: z.array(flashPoint).max(points),
  }),
  memory: z.array(z.object({ threads: small, bytes_per_s: speed })).max(points),
  products: z.array(kernelPoint).max(points),
  skipped: z.array(name).max(points).default([]), // measurements there was no time for; before agents told: none
});

export type HardwareProfile = z.output<typeof hardwareProfile>;
