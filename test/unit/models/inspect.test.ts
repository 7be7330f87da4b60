import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import {
  builtInModel,
  inspectFile,
  inspectModel,
  listModels,
  rememberModel,
  resolveModel,
} from "../../../electron/models/index.js";
import { rememberedModels } from "../../../electron/models/remembered.js";
import { useTemporaryHome } from "../home.js";
import { modelFacts } from "../runs/events.js";

const home = useTemporaryHome();
let model = "";
beforeEach(async () => {
  model = join(home(), "m.gguf");
  await writeFile(model, "GGUF");
});

const facts = {
  ...modelFacts,
  path: "x",
  tensors: 62,
  file_type: 1,
  metadata_keys: 1,
  metadata: { "general.name": "story" },
};
/** A reader that says always the same. */
const saying = (output: unknown) => ({
  reader: { inspect: () => Promise.resolve(typeof output === "string" ? output : JSON.stringify(output)) },
});

describe("inspecting a model", () => {
  it("gives what the reader found", async () => {
    const options = saying(facts);
    expect(await inspectFile(model, options)).toMatchObject({ layers: 6, tensors: 62, metadata: facts.metadata });
    expect(await inspectModel(model, options)).toMatchObject({
      path: model,
      name: "story",
      builtIn: false,
      fileBytes: 12_928_576,
      architecture: "smallthinker",
      quantisation: "F16",
      parameters: 6_423_808,
      contextLength: 256,
    });
  });

  it("calls a model without a name by its file", async () => {
    expect((await inspectModel(model, saying({ ...facts, name: "" }))).name).toBe("m.gguf");
  });

  it("hands on names with markup, shell characters and odd keys as they are", async () => {
    const name = "<img src=x onerror=alert(1)>$(reboot)`id`'\"\u2028\u202e";
    const metadata = JSON.parse('{"__proto__":{"polluted":1},"constructor":2}') as Record<string, unknown>;
    const found = await inspectFile(model, saying({ ...facts, name, metadata }));
    expect(found.name).toBe(name);
    expect(Object.keys(found.metadata)).toContain("constructor");
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(Reflect.get(found.metadata, "polluted")).toBeUndefined();
  });

  it("names the file in every error, once", async () => {
    const refusal = (message: string) => saying({ error: { code: "file_invalid", message } });
    const error = { code: "file_invalid", message: `${model}: no magic` };
    await expect(inspectFile(model, refusal("no magic"))).rejects.toMatchObject(error);
    await expect(inspectFile(model, refusal(`${model}: no magic`))).rejects.toMatchObject(error);
    for (const wrong of ["{}", "nonsense", "", { ...facts, layers: 1e300 }, { error: "x" }]) {
      await expect(inspectFile(model, saying(wrong))).rejects.toMatchObject({
        code: "internal",
        message: expect.stringContaining(`${model}: the reader answered`) as string,
      });
    }
  });
});

describe("models on this computer", () => {
  it("are the built-in one, called story, and paths", () => {
    expect(resolveModel("story")).toBe(builtInModel());
    expect(resolveModel("/a/../b.gguf")).toBe("/b.gguf");
  });

  it("are remembered newest first, each once", async () => {
    for (const path of ["/a", "/b", "/c", "/a"]) await rememberModel(path);
    expect(await rememberedModels()).toEqual(["/a", "/c", "/b"]);
    await writeFile(join(home(), "models.json"), "damaged");
    expect(await rememberedModels()).toEqual([]);
    await rememberModel("/d");
    expect(await rememberedModels()).toEqual(["/d"]);
  });

  it("are listed as far as they are still there", async () => {
    await copyFile(builtInModel(), model);
    await rememberModel(join(home(), "gone.gguf"));
    await rememberModel(model);
    expect((await listModels()).map((entry) => [entry.path, entry.builtIn])).toEqual([
      [builtInModel(), true],
      [model, false],
    ]);
  });
});
