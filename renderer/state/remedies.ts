/** What a user can do about an error, by its code. The message says what happened; this adds the next step. */
const REMEDIES: Record<string, string> = {
  busy: "One run at a time keeps measurements honest.",
  connection_lost: "Phonon reconnects by itself. If it was closed, start it again.",
  agent_lost: "Check the cable, and that the phone is on.",
  agent_gone: "If it happens again, take a smaller model or context, or close other programs there.",
  file_missing: "Check the path: it is one on the computer that runs Phonon.",
  file_invalid: "Download or convert the file again; it must be a complete GGUF.",
  unsupported_architecture:
    "Phonon's engine reads smallthinker, llama and qwen2 models. The llama.cpp engine reads more.",
  unsupported_quantisation:
    "Phonon's engine reads F32, F16, BF16, Q8_0, Q4_0, Q4_K and Q6_K. Try the llama.cpp engine.",
  context_too_large: "Ask for fewer tokens, or take a smaller model.",
  prompt_too_long: "Shorten the prompt.",
  out_of_memory: "Take a smaller model or quantisation, or close other programs on the target.",
  no_space: "Free some space on the target, then run again.",
};

export function remedyFor(code: string): string | null {
  return REMEDIES[code] ?? null;
}
