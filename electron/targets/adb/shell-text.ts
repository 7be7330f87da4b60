/**
 * Command lines for a device's shell. They are written out in this program; only numbers and words that no shell can
 * take for anything else are filled in, never anything that a device or a file said.
 */

declare const checked: unique symbol;
/** Text that may be given to a device's shell. Made by `sh` only. */
export type ShellText = string & { [checked]: true };

const word = /^[A-Za-z0-9_@./:][A-Za-z0-9_@./:-]{0,255}$/;

/** The value if the shell takes it as one plain word; anything else is a bug in this program. */
export function assertWord(value: string | number): string {
  if (typeof value === "number") {
    if (Number.isSafeInteger(value) && value >= 0) return String(value);
  } else if (word.test(value) && !value.includes("..")) return value;
  throw new Error(`unsafe word for a device's shell: ${JSON.stringify(value)}`);
}

/** Template tag: sh`rm -f ${path}`. A ShellText may be filled in as it is. */
export function sh(parts: TemplateStringsArray, ...values: (string | number | Nested)[]): ShellText {
  const filled = values.map((value) => (value instanceof Nested ? value.text : assertWord(value)));
  return parts.raw.reduce((text, part, i) => text + (filled[i - 1] ?? "") + part) as ShellText;
}

/** Shell text to be filled into other shell text. */
export class Nested {
  constructor(readonly text: ShellText) {}
}
