/** This side against the literal lines that the C++ side is tested against too. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeLine, encodeLine, maxLineBytes } from "../../electron/agent/codec.js";
import { parseReply } from "../../electron/agent/connection.js";
import { agentErrorCodes, hello, requestLine, requests } from "../../electron/agent/messages.js";
import type { RequestType } from "../../electron/agent/messages.js";

const read = (name: string): string[] =>
  readFileSync(new URL(name, import.meta.url), "utf-8")
    .split("\n")
    .filter((line) => line !== "");

/** Keys sorted, so that only their order may differ. */
const normal = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) =>
    typeof v === "object" && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );

const sent = read("requests.jsonl");
const requestTypes = new Map(
  sent.map((line) => JSON.parse(line) as { id: number; type: RequestType }).map(({ id, type }) => [id, type]),
);

describe("requests", () => {
  it.each(sent)("builds %s", (line) => {
    const { type, ...rest } = decodeLine(Buffer.from(line));
    if (type === "hello") {
      expect(normal(hello.parse({ type, ...rest }))).toBe(normal(JSON.parse(line)));
      return;
    }
    const { id } = requestLine.parse({ type, ...rest });
    expect(Object.keys(requests)).toContain(type);
    const body = requests[type as RequestType].request.parse(rest);
    expect(normal(decodeLine(encodeLine({ type, id, ...body }).subarray(0, -1)))).toBe(normal(JSON.parse(line)));
  });

  it("cover every type", () => {
    expect(new Set(requestTypes.values())).toEqual(new Set([...Object.keys(requests), "hello"]));
  });
});

describe("replies", () => {
  it.each(read("replies.jsonl"))("parses %s", (line) => {
    const message = parseReply(Buffer.from(line));
    expect(normal(message)).toBe(normal(JSON.parse(line)));
    if (message.type !== "ok") return;
    const type = requestTypes.get(message.id);
    expect(type).toBeDefined();
    const result = requests[type!].result.parse(message);
    expect(normal({ type: "ok", id: message.id, ...result })).toBe(normal(JSON.parse(line)));
  });

  it("cover every error code", () => {
    const codes = read("replies.jsonl").map((line) => (JSON.parse(line) as { code?: string }).code);
    expect(new Set(codes.filter((c) => c !== undefined))).toEqual(new Set(agentErrorCodes));
  });
});

describe("events", () => {
  it.each(read("events.jsonl"))("parses %s", (line) => {
    expect(normal(parseReply(Buffer.from(line)))).toBe(normal(JSON.parse(line)));
  });

  it("ignores unknown fields and refuses unknown kinds", () => {
    const prefill = { type: "event", run: "R", seq: 1, t_ms: 0, kind: "prefill", done: 1, total: 1, ms: 0 };
    expect(parseReply(Buffer.from(JSON.stringify({ ...prefill, later: [1] })))).toEqual(prefill);
    for (const wrong of [
      { kind: "later" },
      { seq: 0 },
      { seq: 1.5 },
      { t_ms: -1 },
      { run: "../x" },
      { type: "what" },
    ]) {
      expect(() => parseReply(Buffer.from(JSON.stringify({ ...prefill, ...wrong })))).toThrow("protocol");
    }
  });
});

interface Invalid {
  name: string;
  text?: string;
  hex?: string;
  fill?: string;
  times?: number;
  code: string;
}

/** What the agent refuses as malformed, this side neither sends nor, where it is no JSON object, takes. */
describe("invalid lines", () => {
  const rows = read("invalid.jsonl").map((line) => JSON.parse(line) as Invalid);
  const malformed = rows.filter((row) => row.code === "malformed");
  it.each(malformed.map((row) => [row.name, row] as const))("%s", (_, row) => {
    const bytes = row.hex !== undefined ? Buffer.from(row.hex, "hex") : Buffer.from(row.text ?? "");
    if (row.fill !== undefined) {
      expect(row.fill.length * (row.times ?? 1)).toBeGreaterThan(maxLineBytes);
      return;
    }
    // A lone surrogate is text to JSON.parse; it cannot be sent, which is what matters.
    if (bytes.includes("\\ud83e")) expect(() => encodeLine(decodeLine(bytes))).toThrow("surrogate");
    else expect(() => parseReply(bytes)).toThrow();
  });
});
