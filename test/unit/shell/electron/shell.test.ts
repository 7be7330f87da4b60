/** The Electron shell's settings, asserted against a stand-in for electron: its binary is not needed. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Control } from "../../../../electron/ipc/handlers.js";
import type { Client } from "../../../../electron/ipc/subscription.js";
import { useTemporaryHome } from "../../home.js";
import * as electron from "./fake-electron.js";
import { FakeContents, FakeFrame, FakeWindow } from "./fake-electron.js";

vi.mock("electron", () => import("./fake-electron.js"));

const { isOwn, setupContentPolicy } = await import("../../../../electron/shell/electron/content-policy.js");
const { setupIpc } = await import("../../../../electron/shell/electron/ipc.js");
const { setupLifecycle } = await import("../../../../electron/shell/electron/lifecycle.js");
const { setupNavigation } = await import("../../../../electron/shell/electron/navigation.js");
const { setupPermissions } = await import("../../../../electron/shell/electron/permissions.js");
const { answer, declareScheme } = await import("../../../../electron/shell/electron/scheme.js");
const { openWindow } = await import("../../../../electron/shell/electron/window.js");

useTemporaryHome(); // where the window's place would be remembered
const prevented = () => ({ preventDefault: vi.fn() });

function fakeControl() {
  const clients: Client[] = [];
  const gone: Client[] = [];
  const call = vi.fn(() => Promise.resolve({ ok: true as const, response: null }));
  const control: Control = {
    connect: (client) => clients.push(client),
    disconnect: (client) => gone.push(client),
    call,
    close: vi.fn(() => Promise.resolve()),
  };
  return { control, call, clients, gone };
}

beforeEach(() => {
  electron.app.removeAllListeners();
  electron.session.defaultSession.removeAllListeners();
  FakeWindow.all = [];
});

describe("electron window", () => {
  it("is isolated, sandboxed, and without node", () => {
    openWindow();
    expect(FakeWindow.all[0]?.options.webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      preload: expect.stringMatching(/preload\.cjs$/) as string,
    });
  });

  it("loads the UI from its own scheme, and shows when there is something to see", () => {
    openWindow();
    const [window] = FakeWindow.all;
    expect(window?.loaded).toEqual(["phonon://app/"]);
    expect(window?.show).not.toHaveBeenCalled();
    window?.emit("ready-to-show");
    expect(window?.show).toHaveBeenCalledOnce();
  });
});

describe("electron navigation", () => {
  it.each(["will-navigate", "will-redirect", "will-frame-navigate", "will-attach-webview"])("%s is refused", (name) => {
    setupNavigation();
    const contents = new FakeContents();
    electron.app.emit("web-contents-created", {}, contents);
    const event = prevented();
    contents.emit(name, event, "https://evil.example/");
    expect(event.preventDefault).toHaveBeenCalledOnce();
  });

  it("opens no windows", () => {
    setupNavigation();
    const contents = new FakeContents();
    electron.app.emit("web-contents-created", {}, contents);
    expect(contents.windowOpen?.({ url: "phonon://app/" })).toEqual({ action: "deny" });
  });
});

describe("electron permissions", () => {
  const ours = "phonon://app/";

  function ask(permission: string, url: string): unknown[] {
    setupPermissions();
    const { handlers } = electron.session.defaultSession;
    const decide = vi.fn();
    handlers["request"]?.({}, permission, decide, { requestingUrl: url });
    return [decide.mock.calls[0]?.[0], handlers["check"]?.(null, permission, url)];
  }

  it.each([
    "media",
    "geolocation",
    "notifications",
    "clipboard-read",
    "display-capture",
    "openExternal",
    "fileSystem",
    "usb",
    "hid",
    "serial",
    "local-fonts",
    "window-management",
    "unknown",
  ])("%s is denied", (permission) => expect(ask(permission, ours)).toEqual([false, false]));

  it("copying is allowed to our page only", () => {
    expect(ask("clipboard-sanitized-write", ours)).toEqual([true, true]);
    for (const url of ["https://evil.example/", "phonon://app.evil.example/", "phonon://other/", ""]) {
      expect(ask("clipboard-sanitized-write", url)).toEqual([false, false]);
    }
  });

  it("no device is handed out, and nothing is downloaded", () => {
    setupPermissions();
    expect(electron.session.defaultSession.handlers["device"]?.({})).toBe(false);
    const event = prevented();
    electron.session.defaultSession.emit("will-download", event);
    expect(event.preventDefault).toHaveBeenCalled();
  });
});

describe("electron content policy", () => {
  it.each([
    ["phonon://app/assets/main.js", true],
    ["data:image/png;base64,AA", true],
    ["devtools://devtools/x.html", true],
    ["phonon://other/", false],
    ["phonon://app.evil.example/", false],
    ["https://evil.example/", false],
    ["file:///etc/passwd", false],
    ["data:text/html,x", false],
    ["ws://127.0.0.1:7333/socket", false],
  ])("%s: %s", (url, own) => {
    setupContentPolicy();
    const decide = vi.fn();
    electron.session.defaultSession.handlers["before"]?.({ url }, decide);
    expect(decide).toHaveBeenCalledExactlyOnceWith({ cancel: !own });
    expect(isOwn(url)).toBe(own);
  });
});

describe("electron scheme", () => {
  const assets = new Map([["/", { body: Buffer.from("<!doctype html>"), type: "text/html", immutable: false }]]);

  it("has an origin of its own, and no privilege that it does not need", () => {
    declareScheme();
    expect(electron.schemes).toEqual([
      { scheme: "phonon", privileges: { standard: true, secure: true, supportFetchAPI: true } },
    ]);
  });

  it("answers with the UI under its content policy", async () => {
    const response = answer(assets, { url: "phonon://app/", method: "GET" });
    expect([response.status, await response.text()]).toEqual([200, "<!doctype html>"]);
    expect(response.headers.get("content-security-policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
        "require-trusted-types-for 'script'",
    );
  });

  it.each([
    ["phonon://app/../secret", "GET"],
    ["phonon://app/%2e%2e/secret", "GET"],
    ["phonon://other/", "GET"],
    ["phonon://app/", "POST"],
  ])("answers nothing else: %s %s", (url, method) => {
    const { status } = answer(assets, { url: url.replace("secret", "secret.html"), method });
    expect(status).toBe(404);
  });
});

describe("electron IPC", () => {
  const call = (event: unknown) => electron.ipc["phonon:call"]?.(event, "targets.list", null);
  const eventOf = (sender: FakeContents, senderFrame: FakeFrame | null = sender.mainFrame) => ({ sender, senderFrame });

  it("passes on what our page calls, and sends it events", async () => {
    const { control, clients } = fakeControl();
    setupIpc(control);
    const contents = new FakeContents();
    expect(await call(eventOf(contents))).toEqual({ ok: true, response: null });
    await call(eventOf(contents));
    expect(clients).toHaveLength(1);
    clients[0]?.send("runs.changed", null);
    expect(contents.sent).toEqual([["phonon:event", "runs.changed", null]]);
  });

  it.each([
    ["a frame inside the page", (contents: FakeContents) => eventOf(contents, new FakeFrame("phonon://app/"))],
    ["a frame that is gone", (contents: FakeContents) => eventOf(contents, null)],
    [
      "another page",
      (contents: FakeContents) => {
        contents.mainFrame.url = "https://evil.example/";
        return eventOf(contents);
      },
    ],
    [
      "a page with a name like ours",
      (contents: FakeContents) => {
        contents.mainFrame.url = "phonon://app.evil.example/";
        return eventOf(contents);
      },
    ],
  ])("refuses %s", async (_what, event) => {
    const { control, call: passedOn } = fakeControl();
    setupIpc(control);
    expect(await call(event(new FakeContents()))).toMatchObject({ ok: false, failure: { code: "unauthorized" } });
    expect(passedOn).not.toHaveBeenCalled();
  });

  it("forgets a page that is closed or loaded anew, but not one that only changes its hash", async () => {
    const { control, clients, gone } = fakeControl();
    setupIpc(control);
    const contents = new FakeContents();
    await call(eventOf(contents));
    contents.emit("did-start-navigation", { isMainFrame: true, isSameDocument: true });
    expect(gone).toHaveLength(0);
    contents.emit("did-start-navigation", { isMainFrame: true, isSameDocument: false });
    expect(gone).toEqual([clients[0]]);
    await call(eventOf(contents));
    contents.destroyed = true;
    contents.emit("destroyed");
    expect(gone).toEqual(clients);
    clients[1]?.send("runs.changed", null);
    expect(contents.sent).toEqual([]);
  });
});

describe("electron lifecycle", () => {
  it("does not quit before runs and their agents have ended", async () => {
    const { control } = fakeControl();
    const window = new FakeWindow({ webPreferences: {} });
    setupLifecycle(control, window as never);
    const event = prevented();
    electron.app.quit.mockClear();
    electron.app.emit("before-quit", event);
    expect(event.preventDefault).toHaveBeenCalledOnce();
    await vi.waitFor(() => expect(electron.app.quit).toHaveBeenCalledOnce());
    const second = prevented();
    electron.app.emit("before-quit", second);
    expect(second.preventDefault).not.toHaveBeenCalled();
  });

  it("comes to the front when it is started a second time", () => {
    const window = new FakeWindow({ webPreferences: {} });
    window.minimized = true;
    setupLifecycle(fakeControl().control, window as never);
    electron.app.emit("second-instance");
    expect([window.restore.mock.calls.length, window.focus.mock.calls.length]).toEqual([1, 1]);
  });
});
