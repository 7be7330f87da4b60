/** Cores and their highest clocks, as the shell loop in adb/facts.ts and the local target gather them. */

export interface Core {
  id: number;
  maxMhz: number | null;
}

/** Lines "cpu7 2841600": core and its cpuinfo_max_freq in kHz, which may be missing. */
export function parseCores(text: string): Core[] {
  const cores: Core[] = [];
  for (const line of text.split("\n")) {
    const match = /^cpu(\d{1,4})(?:\s+(\d{1,9}))?\s*$/.exec(line);
    if (match) cores.push({ id: Number(match[1]), maxMhz: match[2] ? Math.round(Number(match[2]) / 1000) : null });
  }
  return cores.sort((a, b) => a.id - b.id);
}
