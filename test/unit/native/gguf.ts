/** GGUF bytes by hand, wrong ones too. */

export const HUGE = 2n ** 63n;

export const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

export const u64 = (value: bigint | number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

export const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);

/** A key and its value; the types are GGUF's numbers. */
export const key = (name: string, type: number, value: Buffer): Buffer => Buffer.concat([text(name), u32(type), value]);
export const U32 = 4;
export const STRING = 8;
export const ARRAY = 9;

export const gguf = (keys: readonly Buffer[], counts: { keys?: bigint; tensors?: bigint } = {}): Buffer =>
  Buffer.concat([
    Buffer.from("GGUF"),
    u32(3),
    u64(counts.tensors ?? 0n),
    u64(counts.keys ?? BigInt(keys.length)),
    ...keys,
  ]);

const array = (type: number, count: bigint) => Buffer.concat([u32(type), u64(count)]);

/** What is wrong -> the file, and what the error must say besides its name. */
export const HOSTILE: readonly [what: string, bytes: () => Buffer, says: string][] = [
  ["empty", () => Buffer.alloc(0), "empty"],
  ["another format", () => Buffer.from(`PK\x03\x04${"x".repeat(100)}`), "not a GGUF"],
  ["a text of 2^63 bytes", () => gguf([key("a", STRING, u64(HUGE))]), "'a'"],
  ["an array of 2^63 numbers", () => gguf([key("a", ARRAY, array(U32, HUGE))]), "'a'"],
  ["an array of 2^64-1 texts", () => gguf([key("a", ARRAY, array(STRING, 2n ** 64n - 1n))]), "'a'"],
  ["2^63 keys that are not there", () => gguf([], { keys: HUGE }), "metadata"],
  ["2^63 tensors that are not there", () => gguf([], { tensors: HUGE }), "tensor"],
  [
    "a million keys",
    () => gguf([repeated(1_000_000, key("k", U32, u32(1)))], { keys: 1_000_000n }),
    "1000000 metadata keys",
  ],
  ["a type that is none", () => gguf([key("a", 255, u32(0))]), "'a'"],
  ["a name with control characters", () => gguf([key("\x1b[2J\n$(reboot)", 255, u32(0))]), "?[2J?$(reboot)"],
  [
    "an architecture with markup",
    () => gguf([key("general.architecture", STRING, text("<img src=x>"))]),
    "<img src=x>",
  ],
];

function repeated(count: number, part: Buffer): Buffer {
  return Buffer.alloc(count * part.length, part);
}

/** Well-formed, with so much metadata that it does not fit into little memory. */
export function greedyFile(texts: number): Buffer {
  const words = Buffer.concat([array(STRING, BigInt(texts)), repeated(texts, text("a token of some length"))]);
  return gguf([key("general.architecture", STRING, text("llama")), key("tokenizer.ggml.tokens", ARRAY, words)]);
}
