/** As much of Electron as the shell uses, writing down what it was told. */
import { EventEmitter } from "node:events";
import { vi } from "vitest";

export class FakeFrame {
  constructor(public url: string) {}
}

export class FakeContents extends EventEmitter {
  mainFrame = new FakeFrame("phonon://app/");
  sent: unknown[][] = [];
  destroyed = false;
  windowOpen: ((details: { url: string }) => unknown) | undefined;

  isDestroyed = () => this.destroyed;
  send = (...message: unknown[]) => this.sent.push(message);
  setWindowOpenHandler = (handler: (details: { url: string }) => unknown) => {
    this.windowOpen = handler;
  };
}

export class FakeWindow extends EventEmitter {
  static all: FakeWindow[] = [];
  static focused: FakeWindow | null = null;
  static getFocusedWindow = () => FakeWindow.focused;
  loaded: string[] = [];
  minimized = false;
  maximized = false;
  bounds = { x: 10, y: 20, width: 1000, height: 700 };
  show = vi.fn();
  maximize = vi.fn();
  focus = vi.fn();
  restore = vi.fn();

  constructor(readonly options: Record<string, unknown> & { webPreferences: Record<string, unknown> }) {
    super();
    FakeWindow.all.push(this);
  }
  isMinimized = () => this.minimized;
  isMaximized = () => this.maximized;
  getNormalBounds = () => this.bounds;
  loadURL = (url: string) => {
    this.loaded.push(url);
    return Promise.resolve();
  };
}

type Handler = (...args: unknown[]) => unknown;

class FakeSession extends EventEmitter {
  handlers: Record<string, Handler> = {};
  setPermissionRequestHandler = (handler: Handler) => (this.handlers["request"] = handler);
  setPermissionCheckHandler = (handler: Handler) => (this.handlers["check"] = handler);
  setDevicePermissionHandler = (handler: Handler) => (this.handlers["device"] = handler);
  webRequest = { onBeforeRequest: (handler: Handler) => (this.handlers["before"] = handler) };
}

export const app = Object.assign(new EventEmitter(), {
  quit: vi.fn(),
  exit: vi.fn(),
  enableSandbox: vi.fn(),
  setPath: vi.fn(),
  whenReady: vi.fn(() => Promise.resolve()),
  requestSingleInstanceLock: vi.fn(() => true),
});
export const session = { defaultSession: new FakeSession() };
export const ipc: Record<string, Handler> = {};
export const ipcMain = {
  handle: (channel: string, handler: Handler) => {
    ipc[channel] = handler;
  },
};
export const schemes: unknown[] = [];
export const protocol = {
  registerSchemesAsPrivileged: (list: unknown[]) => schemes.push(...list),
  handle: vi.fn(),
};
export { FakeWindow as BrowserWindow };
export const screen = {
  displays: [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }],
  getAllDisplays: () => screen.displays,
};
export const dialog = { showOpenDialog: vi.fn(() => Promise.resolve({ canceled: true, filePaths: [] as string[] })) };
export const Menu = { buildFromTemplate: vi.fn((template: unknown) => template), setApplicationMenu: vi.fn() };

export class FakeUtilityProcess extends EventEmitter {
  static all: FakeUtilityProcess[] = [];
  pid: number | undefined = undefined;
  postMessage = vi.fn();
  kill = vi.fn();

  constructor(readonly call: unknown[]) {
    super();
    FakeUtilityProcess.all.push(this);
  }
}
export const utilityProcess = { fork: (...call: unknown[]) => new FakeUtilityProcess(call) };
