/** The whole of main.ts over a stand-in for electron: what is set up, and in what order. */
import { expect, it, vi } from "vitest";
import { useTemporaryHome } from "../../home.js";
import { FakeSide } from "../../ipc/fake-side.js";
import type * as fakeElectron from "./fake-electron.js";

vi.mock("electron", () => import("./fake-electron.js"));
vi.mock("../../../../electron/shell/control.js", () => ({ realControl: () => new FakeSide() }));
vi.mock("../../../../electron/shell/assets.js", () => ({ loadAssets: () => Promise.resolve(new Map()) }));

vi.setConfig({ testTimeout: 60_000 }); // main.ts brings the whole program with it
useTemporaryHome();
/** A fresh main.ts, and the electron that it gets. */
async function start({ locked = false } = {}) {
  vi.resetModules();
  vi.clearAllMocks();
  const electron = (await import("electron")) as unknown as typeof fakeElectron;
  electron.FakeWindow.all = [];
  electron.app.requestSingleInstanceLock.mockReturnValueOnce(!locked);
  await import("../../../../electron/main.js");
  return electron;
}

const order = (mock: { mock: { invocationCallOrder: number[] } }) => mock.mock.invocationCallOrder[0] ?? Infinity;

it("main: everything that keeps the page in is set up before there is a window", async () => {
  const { app, FakeContents, FakeWindow, ipc, Menu, protocol, schemes, session } = await start();
  await vi.waitFor(() => expect(FakeWindow.all).toHaveLength(1), { timeout: 20_000 });
  expect(order(app.setPath)).toBeLessThan(order(app.requestSingleInstanceLock));
  expect(order(app.enableSandbox)).toBeLessThan(order(app.whenReady));
  expect(schemes).toHaveLength(1);
  expect(protocol.handle).toHaveBeenCalledOnce();
  expect(Object.keys(session.defaultSession.handlers).sort()).toEqual(["before", "check", "device", "request"]);
  expect(Object.keys(ipc)).toEqual(["phonon:call"]);
  expect(Menu.setApplicationMenu).toHaveBeenCalledOnce();

  const contents = new FakeContents();
  app.emit("web-contents-created", {}, contents);
  expect(contents.windowOpen?.({ url: "https://evil.example/" })).toEqual({ action: "deny" });
  const call = (channel: string) =>
    ipc["phonon:call"]?.({ sender: contents, senderFrame: contents.mainFrame }, channel, null);
  expect(await call("models.choose")).toEqual({ ok: true, response: { path: null } });
});

it("main: a second program on the same data folder opens no second window", async () => {
  const { app, FakeWindow } = await start({ locked: true });
  expect(app.quit).toHaveBeenCalledOnce();
  expect(app.whenReady).not.toHaveBeenCalled();
  expect(FakeWindow.all).toEqual([]);
});
