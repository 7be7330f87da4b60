import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PackEntry } from "../../../electron/ipc/contract.js";
import { createControl, type Control } from "../../../electron/ipc/handlers.js";
import { FakeClient } from "./fake-client.js";
import { FakeSide, modelOf, packOf, PROFILE } from "./fake-side.js";

let side: FakeSide;
let control: Control;
const client = new FakeClient();
const name = packOf("/a.gguf").name;

beforeEach(() => {
  side = new FakeSide();
  side.models = [modelOf("/a.gguf")];
  control = createControl(side);
});
afterEach(() => control.close());

describe("models.packs", () => {
  it("are those of this model, by target, the newest first", async () => {
    const packed = (target: string, packed_at: string) => packOf("/a.gguf", { target, packed_at });
    side.packs = [
      packed("local", "2026-11-20T10:00:00.000Z"),
      packed("adb:A", "2026-11-19T10:00:00.000Z"),
      packed("local", "2026-11-21T10:00:00.000Z"),
      packOf("/b.gguf"),
    ];
    const reply = await control.call(client, "models.packs", { path: "/a.gguf" });
    const packs = (reply.ok ? reply.response : []) as PackEntry[];
    expect(packs.map(({ target, packedAt }) => [target, packedAt.slice(8, 10)])).toEqual([
      ["adb:A", "19"],
      ["local", "21"],
      ["local", "20"],
    ]);
    expect(packs[0]).toMatchObject({ name, bytes: 1000, activation: null, predictor: { letThrough: 0.25 } });
    expect(packs[0]).toMatchObject({ requantise: null, quality: null });
    const quality = { kl_mean: 0.01, top1_agreement: 0.95 };
    side.packs = [packOf("/a.gguf", { quality, options: { ...packOf("/a.gguf").options, requantise: "q4_0" } })];
    const requantised = await control.call(client, "models.packs", { path: "/a.gguf" });
    expect(requantised).toMatchObject({
      response: [{ requantise: "q4_0", quality: { klMean: 0.01, top1Agreement: 0.95 } }],
    });
  });
});

describe("models.packProfile", () => {
  const ask = (request: unknown) => control.call(client, "models.packProfile", request);

  it("is read where the pack lies, and takes its target for so long", async () => {
    const [first, second] = await Promise.all([ask({ target: "local", name }), ask({ target: "local", name })]);
    expect(first).toEqual({ ok: true, response: PROFILE });
    expect(second).toMatchObject({ ok: false, failure: { code: "busy" } });
    expect(await ask({ target: "local", name })).toMatchObject({ ok: true }); // given back
    expect(await ask({ target: "adb:B", name })).toMatchObject({ ok: false });
    expect(await ask({ target: "adb:B", name })).not.toMatchObject({ failure: { code: "busy" } });
  });

  it.each([{ target: "local", name: "../../etc/passwd" }, { target: "local", name: "x.pack" }, { target: "local" }])(
    "of %o is refused",
    async (request) => expect(await ask(request)).toMatchObject({ ok: false, failure: { code: "bad_request" } }),
  );
});
