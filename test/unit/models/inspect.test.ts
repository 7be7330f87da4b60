import { chmod, mkdir, writeFile } from "node:fs/promises";
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
import { makeProgram, say } from "../scripts.js";

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
const tool = async (output: unknown, rest = "") => ({
  program: await makeProgram(
    home(),
    "tool",
    `${say(typeof output === "string" ? output : JSON.stringify(output))}${rest}`,
  ),
});

describe("inspecting a model", () => {
  it("gives what the tool found", async () => {
    const options = await tool(facts);
    expect(await inspectFile(model, options)).toMatchObject({ layers: 6, tensors: 62, metadata: facts.metadata });
    expect(await inspectModel(model, options)).toEqual({
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
    expect((await inspectModel(model, await tool({ ...facts, name: "" }))).name).toBe("m.gguf");
  });

  it("names the file in every error", async () => {
    const wrong = await tool('{"error":{"code":"file_invalid","message":"no magic"}}', "; exit 1");
    await expect(inspectFile(model, wrong)).rejects.toMatchObject({
      code: "file_invalid",
      message: `${model}: no magic`,
    });
    await expect(inspectFile(model, await tool("{}"))).rejects.toThrow(model);
    await expect(inspectFile(model, await tool("nonsense"))).rejects.toThrow(model);
    await expect(inspectFile(model, await tool({ ...facts, layers: 1e300 }))).rejects.toThrow(model);
  });

  it("needs no tool to see that there is no file, an empty one, or a folder", async () => {
    const options = { program: "/nonexistent" };
    await expect(inspectFile(join(home(), "none"), options)).rejects.toMatchObject({ code: "file_missing" });
    await writeFile(model, "");
    await expect(inspectFile(model, options)).rejects.toMatchObject({ code: "file_invalid" });
    await mkdir(join(home(), "folder"));
    await expect(inspectFile(join(home(), "folder"), options)).rejects.toMatchObject({ code: "file_invalid" });
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
    const folder = join(home(), "agents", process.arch === "arm64" ? "arm64-v8a" : "x86_64");
    await mkdir(folder, { recursive: true });
    const program = await makeProgram(folder, "phonon-model", say(JSON.stringify(facts)));
    await chmod(program, 0o755);
    process.env["PHONON_AGENTS"] = join(home(), "agents");
    try {
      await rememberModel(join(home(), "gone.gguf"));
      await rememberModel(model);
      expect((await listModels()).map((entry) => [entry.path, entry.builtIn])).toEqual([
        [builtInModel(), true],
        [model, false],
      ]);
    } finally {
      delete process.env["PHONON_AGENTS"];
    }
  });
});
