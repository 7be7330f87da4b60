import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { inspectModel } from "../../../electron/models/inspect.js";
import { builtInModel, forgetModel, listModels, rememberModel } from "../../../electron/models/index.js";
import { PhononError } from "../../../electron/base/errors.js";
import { useTemporaryHome } from "../home.js";
import { rememberedModels } from "../../../electron/models/remembered.js";
import { modelOf } from "../ipc/fake-side.js";

vi.mock("../../../electron/models/inspect.js", () => ({ inspectModel: vi.fn() }));
const inspect = vi.mocked(inspectModel);
const home = useTemporaryHome();
afterEach(() => inspect.mockReset());

const listed = async () => (await listModels()).map(({ path }) => path);

it("models are read once for as long as they do not change", async () => {
  inspect.mockImplementation((path) => Promise.resolve(modelOf(path)));
  const path = join(home(), "m.gguf");
  await writeFile(path, "one");
  await rememberModel(path);
  expect(await listed()).toEqual([builtInModel(), path]);
  expect(await listed()).toEqual([builtInModel(), path]);
  const times = () => inspect.mock.calls.filter(([asked]) => asked === path).length;
  expect(times()).toBe(1);
  await utimes(path, 1, 1);
  await listed();
  expect(times()).toBe(2);
});

it("models that are no longer models are left out, and come back when they are mended", async () => {
  const path = join(home(), "m.gguf");
  await writeFile(path, "damaged");
  await rememberModel(path);
  inspect.mockRejectedValue(new PhononError("file_invalid", "no"));
  expect(await listed()).not.toContain(path);
  inspect.mockImplementation((each) => Promise.resolve(modelOf(each)));
  expect(await listed()).toContain(path);
});

it("a model that is forgotten goes from the list, and the file stays", async () => {
  inspect.mockImplementation((path) => Promise.resolve(modelOf(path)));
  const path = join(home(), "m.gguf");
  await writeFile(path, "one");
  await rememberModel(path);
  await forgetModel(path);
  await forgetModel("/never/there");
  expect(await listed()).toEqual([builtInModel()]);
  await rememberModel(path);
  expect(await listed()).toContain(path);
});

it("models that are remembered and forgotten at the same time are all kept, or gone", async () => {
  const paths = ["a", "b", "c", "d"].map((name) => join(home(), `${name}.gguf`));
  await Promise.all([...paths.map((path) => rememberModel(path)), forgetModel(paths[1]!)]);
  expect(await rememberedModels()).toEqual([paths[3], paths[2], paths[0]]);
});
