/** The preload as it is built: CommonJS that a sandboxed page can load. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { ModuleKind, ScriptTarget, transpileModule } from "typescript";
import { describe, expect, it, vi } from "vitest";
import type { Bridge } from "../../../../electron/ipc/contract.js";

const source = readFileSync(join(import.meta.dirname, "../../../../electron/preload.cts"), "utf8");

function load() {
  const { outputText } = transpileModule(source, {
    fileName: "preload.cts",
    compilerOptions: { module: ModuleKind.NodeNext, target: ScriptTarget.ES2023 },
  });
  const exposed: Record<string, unknown> = {};
  const required: string[] = [];
  const ipcRenderer = { invoke: vi.fn(() => Promise.resolve("reply")), on: vi.fn(), off: vi.fn() };
  const electron = {
    ipcRenderer,
    webUtils: { getPathForFile: (file: { name: string }) => `/models/${file.name}` },
    contextBridge: { exposeInMainWorld: (name: string, value: unknown) => (exposed[name] = value) },
  };
  const require = (name: string) => {
    required.push(name);
    return electron;
  };
  runInNewContext(outputText, { require, exports: {} });
  return { exposed, required, ipcRenderer, bridge: exposed["phonon"] as Bridge };
}

describe("preload", () => {
  it("loads nothing but electron, and exposes the contract's functions", () => {
    const { exposed, required } = load();
    expect(required).toEqual(["electron"]);
    expect(Object.keys(exposed)).toEqual(["phonon"]);
    expect(Object.keys(exposed["phonon"] as object).sort()).toEqual(["call", "pathOf", "subscribe"]);
  });

  it("calls on one channel only, whatever it is asked for", async () => {
    const { bridge, ipcRenderer } = load();
    expect(await bridge.call("targets.list", null)).toBe("reply");
    expect(ipcRenderer.invoke).toHaveBeenCalledExactlyOnceWith("phonon:call", "targets.list", null);
  });

  it("tells where a dropped file lies", () => {
    expect(load().bridge.pathOf?.(new File([], "a.gguf"))).toBe("/models/a.gguf");
  });

  it("hands on events without Electron's event object, until it is told to stop", () => {
    const { bridge, ipcRenderer } = load();
    const listener = vi.fn();
    const end = bridge.subscribe(listener);
    const [channel, onEvent] = ipcRenderer.on.mock.calls[0] as [string, (...args: unknown[]) => void];
    expect(channel).toBe("phonon:event");
    onEvent({ sender: "ipc" }, "runs.changed", null);
    expect(listener).toHaveBeenCalledExactlyOnceWith("runs.changed", null);
    end();
    expect(ipcRenderer.off).toHaveBeenCalledExactlyOnceWith("phonon:event", onEvent);
  });
});
