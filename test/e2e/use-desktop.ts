/** One desktop for the tests of a file, and for each of them a tab at a view, of which the page must not complain. */
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { BrowserContextOptions, Page } from "playwright";
import type { Tab } from "./browser.js";
import { slowModel, startDesktop, type Desktop } from "./desktop.js";

export interface UsedDesktop {
  readonly home: string;
  /** A model that takes many seconds; made at the first call. */
  slowModel(): Promise<string>;
  /** `view` as in its address: "targets". */
  open(view: string, options?: BrowserContextOptions, before?: string): Promise<Page>; // a script before the page's
}

export function useDesktop(): UsedDesktop {
  let desktop: Desktop;
  const tabs: Tab[] = [];
  let slow: Promise<string> | undefined;
  beforeAll(async () => {
    desktop = await startDesktop();
  });
  afterEach(async () => {
    const complaints = tabs.flatMap((tab) => tab.complaints);
    for (const { page } of tabs.splice(0)) await page.context().close();
    expect(complaints).toEqual([]);
  });
  afterAll(() => desktop.close());
  return {
    get home() {
      return desktop.home;
    },
    slowModel: () => (slow ??= slowModel(desktop.home)),
    async open(view, options, before) {
      const url = `${desktop.shell.url}#/${view}`;
      const tab = await desktop.open(options, before === undefined ? url : "about:blank");
      tabs.push(tab);
      if (before !== undefined) {
        await tab.page.addInitScript(before);
        await tab.page.goto(url);
      }
      return tab.page;
    },
  };
}

/** By how many pixels the page is wider than the window. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

/** What has the focus is called: by its label, or by its text. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement;
    const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined;
    return label ?? element?.getAttribute("aria-label") ?? element?.textContent ?? "";
  });

/** Presses Tab until what has the focus is called so. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    if (name.test(await focused(page))) return;
  }
  throw new Error(`Tab does not reach ${name}`);
}
