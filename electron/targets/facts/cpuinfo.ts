/** /proc/cpuinfo of x86 and arm. */

export interface CpuInfo {
  /** Instruction-set features that every core has. */
  features: string[];
  /** What the processor calls itself, where it does. */
  name: string | null;
}

export function parseCpuInfo(text: string): CpuInfo {
  let common: Set<string> | undefined;
  let name: string | null = null;
  for (const line of text.split("\n")) {
    const match = /^([A-Za-z][A-Za-z _]*?)\s*:\s*(.*)$/.exec(line);
    if (!match) continue;
    const [, key = "", value = ""] = match;
    if (key === "flags" || key === "Features") {
      const features = new Set(value.split(/\s+/).filter((word) => /^[a-z0-9_]{1,32}$/.test(word)));
      common = common ? intersection(common, features) : features;
    } else if ((key === "model name" || key === "Hardware") && value.trim() !== "") {
      name ??= value.trim().slice(0, 128);
    }
  }
  return { features: [...(common ?? [])].sort(), name };
}

function intersection(a: Set<string>, b: Set<string>): Set<string> {
  return new Set([...a].filter((feature) => b.has(feature)));
}
