/** `getprop`, one property at a time: a list of all is long, and differs from maker to maker. */
import { run } from "./exec.js";
import type { ShellText } from "./shell-text.js";
import { Nested, sh } from "./shell-text.js";

const names = [
  "ro.product.cpu.abi",
  "ro.product.manufacturer",
  "ro.product.model",
  "ro.soc.manufacturer",
  "ro.soc.model",
  "ro.board.platform",
  "ro.build.version.release",
  "ro.build.fingerprint",
] as const;

export type Property = (typeof names)[number];
export type Properties = Record<Property, string | null>;

const mark = "phonon-property:";

export async function readProperties(serial: string, signal?: AbortSignal): Promise<Properties> {
  const command = names.reduce<ShellText | null>((text, name) => {
    const one = sh`echo phonon-property:${name}; getprop ${name}`;
    return text === null ? one : sh`${new Nested(text)}; ${new Nested(one)}`;
  }, null);
  if (command === null) throw new Error("no properties");
  const { output } = await run(serial, command, { what: "Reading properties", ms: 10_000, signal });
  return parseProperties(output);
}

/** The first line after each name. Absent, empty and unprintable values are null. */
export function parseProperties(output: string): Properties {
  const values = Object.fromEntries(names.map((name) => [name, null])) as Properties;
  const lines = output.split("\n");
  lines.forEach((line, i) => {
    const name = names.find((n) => line.trimEnd() === mark + n);
    const value = lines[i + 1]?.trim() ?? "";
    if (name && /^[ -~\u00a0-\uffff]{1,256}$/.test(value) && !value.startsWith(mark)) values[name] = value;
  });
  return values;
}
