import { homedir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { phononHome } from "../../../electron/base/home.js";

it("is what is asked for, else the system's place for data", () => {
  expect(phononHome({ PHONON_HOME: "/x/../y" }, "linux")).toBe("/y");
  expect(phononHome({}, "linux")).toBe(join(homedir(), ".local/share/phonon"));
  expect(phononHome({ XDG_DATA_HOME: "/data" }, "linux")).toBe("/data/phonon");
  expect(phononHome({ XDG_DATA_HOME: "data" }, "linux")).toBe(join(homedir(), ".local/share/phonon"));
  expect(phononHome({}, "darwin")).toBe(join(homedir(), "Library/Application Support/phonon"));
  expect(phononHome({ LOCALAPPDATA: "/local" }, "win32")).toBe(join("/local", "phonon"));
});
