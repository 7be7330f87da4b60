/** A device's profile for people. */
import type { HardwareProfile } from "../agent/messages.js";
import type { ProfileRecord } from "../store/index.js";
import { bytes, plain, significant, table } from "./units.js";

type Flash = HardwareProfile["flash"];

export function describeProfile({ target, profile }: Pick<ProfileRecord, "target" | "profile">): string {
  return [
    `${target}: ${plain(profile.kernels)}, cores ${profile.cores.join(", ")}, measured in ${significant(profile.seconds)} s`,
    flash(profile.flash),
    memory(profile.memory),
    products(profile.products),
    ...(profile.skipped.length > 0 ? [skipped(profile.skipped)] : []),
  ].join("\n\n");
}

function flash({ backend, direct, note, file_bytes, write_bytes_per_s, read_core_us, points }: Flash): string {
  const how = `${plain(backend)}, ${direct ? "direct" : "BUFFERED: these are speeds of the page cache"}`;
  const head = ["FLASH", "BLOCK", "AT ONCE", "WITHIN", "CORE", "SPEED", "READS/S", "P50", "P99", "CPU A READ"];
  const rows = points.map((p) => [
    p.pattern,
    bytes(p.block_bytes),
    String(p.depth),
    bytes(p.range_bytes),
    p.core === null ? "any" : String(p.core),
    rate(p.bytes_per_s),
    significant(p.bytes_per_s / p.block_bytes),
    `${significant(p.p50_us)} us`,
    `${significant(p.p99_us)} us`,
    `${significant(p.cpu_us)} us`,
  ]);
  const facts = `${how}; a file of ${bytes(file_bytes)}, written at ${rate(write_bytes_per_s)}`;
  const cost =
    read_core_us === null ? [] : [`a read takes ${significant(read_core_us)} us from cores that all compute`];
  return [table([head, ...rows]), facts, ...cost, ...(note === "" ? [] : [plain(note)])].join("\n");
}

const memory = (points: HardwareProfile["memory"]): string =>
  table([["MEMORY", "READS AT"], ...points.map((p) => [threads(p.threads), rate(p.bytes_per_s)])]);

function products(points: HardwareProfile["products"]): string {
  const head = ["PRODUCT", "READS", "SHAPE", "BATCH", "THREADS", "TIME", "WEIGHTS AT", "GMAC/S"];
  const rows = points.map((p) => [
    plain(p.type),
    p.layout === "tiled" ? "all" : membersOf(p),
    `${p.rows} x ${p.cols}`,
    String(p.batch),
    String(p.threads),
    `${significant(1e6 * p.seconds)} us`,
    rate(p.bytes_per_s),
    significant(p.macs_per_s / 1e9),
  ]);
  return table([head, ...rows]);
}

const skipped = (what: string[]): string =>
  [`there was no time for ${what.length} more; plans take what is most like them:`, ...what.map(plain)].join("\n  ");

const membersOf = ({ layout, share, rows, cols }: HardwareProfile["products"][number]): string =>
  share * (layout === "rows" ? rows : cols) > 1 ? `${significant(100 * share)} % of ${layout}` : `one of ${layout}`;

const threads = (count: number): string => `${count} ${count === 1 ? "thread" : "threads"}`;
const rate = (bytesPerSecond: number): string => `${significant(bytesPerSecond / 1e9)} GB/s`;
