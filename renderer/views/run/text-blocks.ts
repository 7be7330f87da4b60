/**
 * A long text in blocks. A browser lays out a block anew as a whole, so text that grows in one block takes longer with
 * every token; in blocks, only the last one changes. A block ends where a line does; where no line ends for long, at a
 * space.
 */
const SHORT = 800; // characters
const LONG = 4000;

export function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  let from = 0;
  while (from + SHORT < text.length) {
    const line = text.slice(from, from + LONG).indexOf("\n", SHORT);
    const end = line >= 0 ? from + line : from + LONG < text.length ? text.indexOf(" ", from + LONG) : -1;
    if (end < 0) break;
    blocks.push(text.slice(from, end + 1));
    from = end + 1;
  }
  return [...blocks, text.slice(from)];
}
