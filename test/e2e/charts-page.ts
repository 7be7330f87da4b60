/**
 * The built renderer on its own: served with the program's headers, and in place of the control side a bridge that
 * plays a made-up run at the pace that a test asks for.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { Browser, BrowserContextOptions, Page } from "playwright";
import { loadAssets } from "../../electron/shell/assets.js";
import { SECURITY_HEADERS } from "../../electron/shell/headers.js";
import { launchBrowser, openTab, type Tab } from "./browser.js";
import { madeUpEvents, type MadeUp } from "./charts-events.js";

const RENDERER = process.env["PHONON_TEST_RENDERER"] ?? join(import.meta.dirname, "../../build/renderer");

export interface Stage {
  /** A tab that shows a run which is played to it. */
  open(play: Play, options?: BrowserContextOptions): Promise<Tab>;
}

/** The renderer and a browser for the tests of a file. */
export function useStage(): Stage {
  let served: Served;
  let browser: Browser;
  beforeAll(async () => {
    served = await serve();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await served.close();
  });
  return { open: (play, options) => openPlay(browser, served.url, play, options) };
}

interface Served {
  url: string;
  close(): Promise<void>;
}

async function serve(): Promise<Served> {
  const assets = await loadAssets(RENDERER);
  const server: Server = createServer((request, response) => {
    const asset = assets.get(new URL(request.url ?? "/", "http://x").pathname);
    response.writeHead(asset ? 200 : 404, { ...SECURITY_HEADERS, "Content-Type": asset?.type ?? "text/plain" });
    response.end(asset?.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export interface Play extends MadeUp {
  perSecond: number; // events; Infinity: all at once, as the control side sends a kept run
  target: string;
  atOnce?: number; // events that are there from the beginning
  stopAt?: number; // events after which it waits for playUpTo
}

export const PLAY: Play = {
  run: "R1",
  tokens: 10_000,
  layers: 32,
  stallAt: 4321,
  perSecond: Infinity,
  target: "adb:PHONE",
};

async function openPlay(browser: Browser, url: string, play: Play, options?: BrowserContextOptions): Promise<Tab> {
  const tab = await openTab(browser, "about:blank", options);
  await tab.page.addInitScript({ content: `window.madeUpEvents = ${madeUpEvents.toString()};` });
  await tab.page.addInitScript(playBridge, { ...play, perSecond: Math.min(play.perSecond, 1e9) });
  await tab.page.goto(`${url}#/history/${play.run}`);
  return tab;
}

/** Runs in the page, before its scripts: `window.phonon`, as a preload would put it there. */
function playBridge(play: Play): void {
  interface Host {
    madeUpEvents: typeof madeUpEvents;
    phonon: unknown;
    played: number; // events so far
    stopAt: number; // events after which it waits
  }
  const host = window as unknown as Host;
  const listeners = new Set<(name: string, payload: unknown) => void>();
  const tell = (name: string, payload: unknown) => listeners.forEach((listener) => listener(name, payload));
  const facts = { engine: "phonon", target: play.target, model: "story", prompt: "Once", tokens: play.tokens };
  host.played = 0;
  host.stopAt = play.stopAt ?? Infinity;

  function* take(events: ReturnType<typeof madeUpEvents>, most: number) {
    for (let taken = 0; taken < most; taken++) {
      const next = events.next();
      if (next.done) return;
      yield next.value;
    }
  }

  function start(): void {
    const events = host.madeUpEvents(play);
    const began = performance.now();
    const timer = setInterval(() => {
      const come = (play.atOnce ?? 0) + Math.ceil(((performance.now() - began) / 1000) * play.perSecond);
      const due = Math.min(come, host.played + 4096, host.stopAt);
      while (host.played < due) {
        const some = [...take(events, Math.min(256, due - host.played))];
        host.played += some.length;
        tell("run.events", { runId: play.run, events: some });
        if (some.at(-1)?.kind !== "ended") continue;
        clearInterval(timer);
        tell("run.finished", { runId: play.run, summary: null, failure: null });
        return;
      }
    }, 4);
  }

  host.phonon = {
    call: (channel: string) => {
      if (channel !== "run.attach") {
        return Promise.resolve({ ok: false, failure: { code: "connection_lost", message: channel } });
      }
      setTimeout(start, 0);
      return Promise.resolve({ ok: true, response: { live: play.perSecond < 1e9, facts } });
    },
    subscribe: (listener: (name: string, payload: unknown) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Plays on, and waits until so many events have come and are drawn. */
export async function playUpTo(page: Page, events: number): Promise<void> {
  await page.evaluate((stopAt) => Object.assign(window, { stopAt }), events);
  await expect.poll(() => played(page), { timeout: 300_000 }).toBeGreaterThanOrEqual(events);
  await page.waitForTimeout(1500); // charts out of sight follow when nothing has come for a while
}

/** Events that have been played. */
export const played = (page: Page) => page.evaluate(() => (window as unknown as { played: number }).played);

/** What the page's heap holds, and the arrays beside it, after the collector has been through it. */
export async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize, backingStorageSize } = (await session.send("Runtime.getHeapUsage")) as {
    usedSize: number;
    backingStorageSize?: number;
  };
  await session.detach();
  return usedSize + (backingStorageSize ?? 0);
}

export const mib = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MiB`;

export const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
