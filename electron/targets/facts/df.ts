/** `df -k PATH` of toybox, coreutils and the toolbox of Android before 6. */

export interface DiskSpace {
  totalBytes: number;
  freeBytes: number;
}

export function parseDf(text: string): DiskSpace | null {
  // A long file system name may stand on a line of its own, so the fields are read across lines.
  const fields = text.trim().split("\n").slice(1).join(" ").trim().split(/\s+/);
  const [, total, used, free] = fields;
  if (total === undefined || used === undefined || free === undefined) return null;
  const sizes = [total, free].map(toBytes);
  const [totalBytes, freeBytes] = sizes;
  return totalBytes == null || freeBytes == null ? null : { totalBytes, freeBytes };
}

/** A plain number counts KiB; toolbox writes "12.5G" whatever it is asked. */
function toBytes(field: string): number | null {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)([KMGT]?)$/.exec(field);
  if (!match) return null;
  const power = { K: 1, M: 2, G: 3, T: 4 }[match[2] ?? ""] ?? 1;
  return Math.floor(Number(match[1]) * 1024 ** power);
}
