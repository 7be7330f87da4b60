/** /proc/meminfo in bytes. */
export function parseMemInfo(text: string): { totalBytes: number | null; availableBytes: number | null } {
  const bytes = (key: string): number | null => {
    const match = new RegExp(`^${key}:\\s+(\\d{1,15}) kB`, "m").exec(text);
    return match ? Number(match[1]) * 1024 : null;
  };
  return { totalBytes: bytes("MemTotal"), availableBytes: bytes("MemAvailable") };
}
