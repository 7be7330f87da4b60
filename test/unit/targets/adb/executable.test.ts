import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findAdb, installAdb } from "../../../../electron/targets/adb/executable.js";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "phonon-sdk-"));
  for (const place of ["first", "second", "sdk/platform-tools", "Android/Sdk/platform-tools"]) {
    await mkdir(join(folder, place), { recursive: true });
  }
});
afterEach(() => rm(folder, { recursive: true }));

it("looks in PATH, then in the SDK that is named, then in the usual one", async () => {
  const env = {
    PATH: ["first", "second"].map((f) => join(folder, f)).join(delimiter),
    ANDROID_HOME: join(folder, "sdk"),
  };
  expect(findAdb(env, "linux")).toBeNull();
  await writeFile(join(folder, "sdk/platform-tools/adb"), "");
  expect(findAdb(env, "linux")).toBe(join(folder, "sdk/platform-tools/adb"));
  expect(findAdb({ ANDROID_SDK_ROOT: join(folder, "sdk") }, "linux")).toBe(join(folder, "sdk/platform-tools/adb"));
  await writeFile(join(folder, "second/adb"), "");
  expect(findAdb(env, "linux")).toBe(join(folder, "second/adb"));
  await writeFile(join(folder, "Android/Sdk/platform-tools/adb.exe"), "");
  expect(findAdb({ LOCALAPPDATA: folder }, "win32")).toBe(join(folder, "Android/Sdk/platform-tools/adb.exe"));
});

it("says how adb is installed", () => {
  expect(["linux", "darwin", "win32"].map((p) => installAdb(p).split("`")[1])).toEqual([
    "sudo apt-get install adb",
    "brew install android-platform-tools",
    "winget install Google.PlatformTools",
  ]);
});
