import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { useTemporaryHome } from "../../home.js";
import { FakeWindow, screen } from "./fake-electron.js";

vi.mock("electron", () => import("./fake-electron.js"));
const { openWindow } = await import("../../../../electron/shell/electron/window.js");

const home = useTemporaryHome();
const file = () => join(home(), "window.json");
const DEFAULT = { width: 1280, height: 860 };

beforeEach(() => {
  FakeWindow.all = [];
  screen.displays = [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }];
});

/** Opens a window and gives what it was made with. */
function open(): FakeWindow {
  openWindow();
  return FakeWindow.all.at(-1)!;
}
const boundsOf = ({ options: { x, y, width, height } }: FakeWindow) => ({ x, y, width, height });

describe("the window's place", () => {
  it("is remembered from the last time", () => {
    const first = open();
    expect(boundsOf(first)).toMatchObject(DEFAULT);
    first.maximized = true;
    first.emit("close");
    const second = open();
    expect(boundsOf(second)).toEqual(first.bounds);
    expect(second.maximize).not.toHaveBeenCalled();
    second.emit("ready-to-show");
    expect(second.maximize).toHaveBeenCalledOnce();
    expect(second.show).toHaveBeenCalledOnce();
  });

  it("is forgotten when that screen is gone, the size is not", () => {
    const first = open();
    first.bounds = { x: 3000, y: 50, width: 900, height: 600 };
    first.emit("close");
    expect(boundsOf(open())).toEqual({ width: 900, height: 600, x: undefined, y: undefined });
    screen.displays.push({ workArea: { x: 1920, y: 0, width: 1920, height: 1080 } });
    expect(boundsOf(open())).toEqual(first.bounds);
  });

  it.each([
    ["damaged", "{"],
    ["of another kind", "[]"],
    ["too small to be seen", '{"x":0,"y":0,"width":1,"height":1,"maximized":false}'],
    ["larger than any screen", '{"x":0,"y":0,"width":1e9,"height":1e9,"maximized":false}'],
  ])("is the usual one when its file is %s", async (_what, text) => {
    await writeFile(file(), text);
    expect(boundsOf(open())).toMatchObject(DEFAULT);
  });

  it("that cannot be written does not keep the window from closing", async () => {
    process.env["PHONON_HOME"] = join(file(), "below");
    await writeFile(file(), "a file where a folder should be");
    const complaint = vi.spyOn(console, "error").mockImplementation(() => undefined);
    open().emit("close");
    expect(complaint).toHaveBeenCalledOnce();
    complaint.mockRestore();
    expect(await readFile(file(), "utf8")).toContain("a file");
  });
});
