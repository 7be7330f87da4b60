/** Prompts to begin with, each of a kind of text that people ask models for. They are edited like any other. */
export interface Preset {
  label: string;
  prompt: string;
}

export const PRESETS: readonly Preset[] = [
  { label: "Story", prompt: "Once upon a time" },
  {
    label: "Role-play",
    prompt:
      "You keep an inn in the mountains. It is winter, the pass is closed, and you never break character.\n\n" +
      "Traveller: Is there a bed left for tonight? I can pay with a story.\nInnkeeper:",
  },
  {
    label: "Dialogue",
    prompt:
      "User: My sourdough comes out dense and barely rises. What should I change first?\n" +
      "Assistant: How long does it rise, and how warm is your kitchen?\n" +
      "User: Four hours, at about 18 degrees.\nAssistant:",
  },
  {
    label: "Math",
    prompt:
      "Question: A train leaves at 9:40 and travels 126 km at 84 km/h. It waits 15 minutes and comes back at 72 km/h. " +
      "At what time is it back?\nAnswer: Let us go step by step.",
  },
  {
    label: "Code",
    prompt:
      "def merge(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:\n" +
      '    """Merges overlapping intervals and returns them in order.\n\n' +
      "    >>> merge([(8, 10), (1, 3), (2, 6)])\n" +
      '    [(1, 6), (8, 10)]\n    """\n',
  },
];
