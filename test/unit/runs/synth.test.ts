import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { synth } from "../../../electron/runs/synth.js";
import { rememberedModels } from "../../../electron/models/remembered.js";
import type { Progress } from "../../../electron/targets/target.js";
import { useTemporaryHome } from "../home.js";
import { makeProgram, say } from "../scripts.js";

const home = useTemporaryHome();
const result = say(
  JSON.stringify({
    path: "out",
    bytes: 10,
    tensors: 2,
    parameters: 5,
    architecture: "llama",
    quantisation: "Q4_0",
    ms: 7,
  }),
);
const tool = (body: string) => makeProgram(home(), "phonon-model", body);

describe("synth", () => {
  it("hands options on, tells progress and remembers the file", async () => {
    const out = join(home(), "m.gguf");
    const program = await tool(
      [
        `echo "$@" > ${join(home(), "args")}`,
        `{ ${say('{"done":5,"total":10}')}; echo a word for people; ${say('{"done":10,"total":10}')}; } >&2`,
        result,
      ].join("\n"),
    );
    const steps: Progress[] = [];
    const options = { shape: "tiny", quant: "Q4_0", seed: 3, "kv-heads": 2 };
    const written = await synth({ out, options }, { program, onProgress: (p) => steps.push(p) });
    expect(written).toMatchObject({ bytes: 10, quantisation: "Q4_0" });
    expect(await readFile(join(home(), "args"), "utf8")).toBe(
      `synth --shape tiny --quant Q4_0 --seed 3 --kv-heads 2 --out ${out}\n`,
    );
    expect(steps.map(({ done, total }) => [done, total])).toEqual([
      [5, 10],
      [10, 10],
    ]);
    expect(await rememberedModels()).toEqual([out]);
  });

  it("replaces no file unless it is told to", async () => {
    const out = join(home(), "m.gguf");
    await writeFile(out, "precious");
    const program = await tool(result);
    await expect(synth({ out, options: {} }, { program })).rejects.toMatchObject({ code: "file_exists" });
    await expect(synth({ out, options: {}, force: true }, { program })).resolves.toMatchObject({ tensors: 2 });
  });

  it("gives the tool's own error", async () => {
    const error = say('{"error":{"code":"bad_request","message":"--quant: no type Q3"}}');
    const program = await tool(`${error}; exit 2`);
    const failed = synth({ out: join(home(), "m"), options: {} }, { program });
    await expect(failed).rejects.toMatchObject({ code: "bad_request", message: "--quant: no type Q3" });
  });
});
