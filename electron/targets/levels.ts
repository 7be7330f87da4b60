/** Which build of llama.cpp's kernels a processor can run. The levels are those of device-agent/llama/CMakeLists.txt. */
import { PhononError } from "../base/errors.js";

interface Level {
  name: string;
  needs: string[]; // as /proc/cpuinfo spells them
}

/** Without lzcnt ("abm"): every processor with these has it, and kernels of late 2025 do not list it. */
const v3 = ["avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"];
const avx512 = ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"];
const dotprod = ["asimddp", "asimdhp"];

/** Best first. */
const levels: Record<string, Level[]> = {
  x86_64: [
    { name: "v4vnni", needs: [...v3, ...avx512, "avx512_vnni", "avx512vbmi", "avx512_bf16"] },
    { name: "v3", needs: v3 },
  ],
  "arm64-v8a": [
    { name: "i8mm", needs: [...dotprod, "i8mm", "bf16"] }, // armv8.6-a has both
    { name: "dotprod", needs: dotprod },
  ],
};

/** The best level for these features, or `asked` where they allow it. */
export function chooseLevel(abi: string, features: readonly string[], asked?: string): string {
  const known = levels[abi] ?? [];
  const missing = (level: Level): string[] => level.needs.filter((feature) => !features.includes(feature));
  if (asked !== undefined) {
    const level = known.find(({ name }) => name === asked);
    if (!level) {
      const names = known.map(({ name }) => name).join(", ") || "none";
      throw new PhononError(
        "unknown_level",
        `llama.cpp is not built for level "${asked}" on ${abi}; there is: ${names}.`,
      );
    }
    if (missing(level).length === 0) return asked;
    throw new PhononError(
      "unsupported_cpu",
      `This processor cannot run llama.cpp's level "${asked}": it has no ${missing(level).join(", ")}.`,
    );
  }
  const best = known.find((level) => missing(level).length === 0);
  if (best) return best.name;
  const lowest = known.at(-1);
  throw new PhononError(
    "unsupported_cpu",
    lowest
      ? `llama.cpp's build needs a processor with ${lowest.needs.join(", ")}; this one lacks ${missing(lowest).join(", ")}.`
      : `There is no build of llama.cpp for ${abi}.`,
  );
}
