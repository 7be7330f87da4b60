import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

type Remove = (out: string, source: string, generator: string) => void;
const file = new URL("../../../electron/setup/stale-build.mjs", import.meta.url).href;
const { removeStaleBuild } = (await import(file)) as { removeStaleBuild: Remove };

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "phonon-stale-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("a build folder", () => {
  const made = async (source: string, at: string, generator: string) => {
    const out = join(folder, "out");
    await mkdir(out);
    const cache = [
      "# This is the CMakeCache file.",
      `CMAKE_CACHEFILE_DIR:INTERNAL=${at}`,
      `CMAKE_GENERATOR:INTERNAL=${generator}`,
      `CMAKE_HOME_DIRECTORY:INTERNAL=${source}`,
    ];
    await writeFile(join(out, "CMakeCache.txt"), cache.join("\n"));
    return out;
  };

  it("of the same source, place and generator is kept", async () => {
    const out = await made("/clone/source", join(folder, "out"), "Ninja");
    removeStaleBuild(out, "/clone/source", "Ninja");
    expect(existsSync(out)).toBe(true);
  });

  it.each([
    ["another source", "/elsewhere/source", "out", "Ninja"],
    ["another place", "/clone/source", "moved", "Ninja"],
    ["another generator", "/clone/source", "out", "Unix Makefiles"],
  ])("of %s is removed, as cmake would refuse it", async (_, source, place, generator) => {
    const out = await made(source, join(folder, place), generator);
    removeStaleBuild(out, "/clone/source", "Ninja");
    expect(existsSync(out)).toBe(false);
  });

  it("that was never configured is left alone", () => {
    removeStaleBuild(folder, "/clone/source", "Ninja");
    expect(existsSync(folder)).toBe(true);
  });
});
