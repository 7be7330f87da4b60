/** Electron's menu, file dialog, data folder and utility process, as the shell uses them. */
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { useTemporaryHome } from "../../home.js";
import { app, dialog, FakeUtilityProcess, FakeWindow, Menu } from "./fake-electron.js";

vi.mock("electron", () => import("./fake-electron.js"));
const { setupDataFolder } = await import("../../../../electron/shell/electron/data-folder.js");
const { chooseModelFile } = await import("../../../../electron/shell/electron/file-dialog.js");
const { menuTemplate, setupMenu } = await import("../../../../electron/shell/electron/menu.js");
const { launchUtility } = await import("../../../../electron/shell/electron/reader-process.js");

const home = useTemporaryHome();
beforeEach(() => {
  vi.clearAllMocks();
  FakeUtilityProcess.all = [];
});

describe("electron menu", () => {
  const roles = (platform: NodeJS.Platform) =>
    menuTemplate(platform).flatMap(({ role, submenu }) => [
      role,
      ...(Array.isArray(submenu) ? submenu.map((entry) => entry.role) : []),
    ]);

  it("has the standard entries, whose roles bring the standard shortcuts", () => {
    setupMenu("linux");
    expect(Menu.setApplicationMenu).toHaveBeenCalledOnce();
    for (const role of ["quit", "editMenu", "zoomIn", "zoomOut", "resetZoom", "togglefullscreen", "windowMenu"]) {
      expect(roles("linux")).toContain(role);
    }
    expect(roles("linux")).not.toContain("appMenu");
    expect(roles("darwin").slice(0, 3)).toEqual(["appMenu", undefined, "close"]);
  });

  it("runs no code of ours", () => {
    const entries = menuTemplate("linux").flatMap((entry) => (Array.isArray(entry.submenu) ? entry.submenu : [entry]));
    expect(entries.filter((entry) => entry.click !== undefined)).toEqual([]);
  });
});

describe("electron file dialog", () => {
  it("gives the chosen file, over the window that asks", async () => {
    FakeWindow.focused = new FakeWindow({ webPreferences: {} });
    dialog.showOpenDialog.mockResolvedValueOnce({ canceled: false, filePaths: ["/m/a b.gguf"] });
    expect(await chooseModelFile()).toBe("/m/a b.gguf");
    const [window, options] = dialog.showOpenDialog.mock.calls[0] as unknown as [unknown, { properties: string[] }];
    expect(window).toBe(FakeWindow.focused);
    expect(options.properties).toEqual(["openFile"]);
    FakeWindow.focused = null;
  });

  it("gives nothing when it is closed", async () => expect(await chooseModelFile()).toBeNull());
});

describe("electron data folder", () => {
  it("holds Electron's own files, so that two data folders have two windows", () => {
    setupDataFolder();
    expect(app.setPath).toHaveBeenCalledExactlyOnceWith("userData", join(home(), "electron"));
  });
});

describe("electron utility process", () => {
  function launch() {
    const worker = launchUtility("/native/worker.mjs", ["addon", "1"]);
    return { worker, fake: FakeUtilityProcess.all[0]! };
  }

  it("runs the file that it is given, and passes messages on", () => {
    const { worker, fake } = launch();
    expect(fake.call.slice(0, 2)).toEqual(["/native/worker.mjs", ["addon", "1"]]);
    const heard = vi.fn();
    worker.onMessage(heard);
    fake.emit("message", { kind: "ready" });
    worker.post({ kind: "inspect" });
    expect(heard).toHaveBeenCalledExactlyOnceWith({ kind: "ready" });
    expect(fake.postMessage).toHaveBeenCalledExactlyOnceWith({ kind: "inspect" });
  });

  it("that dies is an end with its status, and no error that nobody catches", () => {
    const { worker, fake } = launch();
    const ended = vi.fn();
    worker.onEnd(ended);
    fake.emit("error", "FatalError", "v8", "{}");
    fake.emit("exit", 133);
    expect(ended).toHaveBeenCalledExactlyOnceWith("exit status 133");
  });

  it("is killed without being asked", () => {
    const { worker, fake } = launch();
    worker.kill(); // before it has started
    expect(fake.kill).toHaveBeenCalledOnce();
    const kill = vi.spyOn(process, "kill").mockReturnValue(true);
    fake.pid = 4711;
    worker.kill();
    expect(kill).toHaveBeenCalledExactlyOnceWith(4711, "SIGKILL");
    kill.mockImplementation(() => {
      throw new Error("ESRCH");
    });
    worker.kill();
    kill.mockRestore();
  });
});
