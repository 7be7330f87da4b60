/**
 * Text that a device or a model file says of itself. React shows markup as text; what is left to do is to make visible
 * what has no look of its own: control characters, and marks that turn the direction of the text around them.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Surrogate}]/gu;

export function plain(text: string, longest = 200): string {
  const seen = text.replace(UNSEEN, (character) => `⟨${hex(character)}⟩`);
  const characters = Array.from(seen);
  return characters.length <= longest ? seen : `${characters.slice(0, longest - 1).join("")}…`;
}

const hex = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
