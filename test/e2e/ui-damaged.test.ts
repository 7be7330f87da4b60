/** Runs that cannot be read, in the history: damaged by hand, half-written, of a later version; and those beside them. */
import { appendFile, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Bundle } from "../../electron/store/index.js";
import { ended, started, token } from "../unit/renderer/events.js";
import { makeRun, newRun, orphan } from "../unit/store/make-run.js";
import { violations } from "./axe.js";
import { shoot } from "./browser.js";
import { goTo, pastRun, pastRuns, replay, textOf, waitForStatus } from "./page.js";
import { useDesktop } from "./use-desktop.js";

const desktop = useDesktop();
const EVENTS = [started(1), token(2, 0, "Once", 5, 5), token(3, 1, " more", 15, 10), ended(4, 2)];

interface Damage {
  harm: (dir: string) => Promise<void>;
  reason: string; // in the history
}

const DAMAGED: Record<string, Damage> = {
  "cut off": { harm: (dir) => writeFile(join(dir, "run.json"), '{"version":1,"run_'), reason: "run.json" },
  "gone record": {
    harm: async (dir) => {
      await rm(join(dir, "run.json"));
      await utimes(dir, 1e9, 1e9); // long ago: it is not about to be written
    },
    reason: "it has no run.json",
  },
  "later version": {
    harm: async (dir) => {
      const record = JSON.parse(await readFile(join(dir, "run.json"), "utf8")) as object;
      await writeFile(join(dir, "run.json"), JSON.stringify({ ...record, version: 2, fresh: "<b>new</b>" }));
    },
    reason: "later Phonon",
  },
  "foreign line": {
    harm: async (dir) => {
      const [first, ...rest] = (await readFile(join(dir, "events.jsonl"), "utf8")).split("\n");
      await writeFile(join(dir, "events.jsonl"), [first, "<img src=x>", ...rest].join("\n"));
    },
    reason: "line 2",
  },
};

/** As if the program that wrote them had been killed. */
async function leave(events: typeof EVENTS): Promise<Bundle> {
  const bundle = await Bundle.create(newRun);
  for (const event of events) await bundle.append(event);
  await orphan(bundle);
  return bundle;
}

it("history: what cannot be read says why, is deleted like any other, and harms none", async () => {
  const good = await makeRun(EVENTS);
  const torn = await leave(EVENTS.slice(0, 3));
  await appendFile(join(torn.dir, "events.jsonl"), '{"type":"event","se');
  const damaged = new Map<string, Damage>();
  for (const damage of Object.values(DAMAGED)) {
    const bundle = await leave(EVENTS);
    await damage.harm(bundle.dir);
    damaged.set(bundle.runId, damage);
  }

  const page = await desktop.open("history");
  await expect.poll(() => pastRuns(page).count()).toBe(damaged.size + 2);
  await pastRun(page, good.runId).getByText("done", { exact: true }).waitFor();
  await pastRun(page, torn.runId).getByText("interrupted", { exact: true }).waitFor();
  await page.mouse.move(0, 0); // a pointer is there
  for (const [run, { reason }] of damaged) {
    await pastRun(page, run).getByText("damaged", { exact: true }).hover();
    await page.getByRole("tooltip").getByText(reason).waitFor();
    await page.mouse.move(0, 0);
    await page.getByRole("tooltip").waitFor({ state: "detached" });
  }
  expect(await violations(page)).toEqual([]);
  await shoot(page, "history-damaged");

  for (const [run, { reason }] of damaged) {
    await pastRun(page, run).getByRole("rowheader").click();
    await page.getByRole("alert").getByText(reason).waitFor();
    expect(await page.locator("main img").count()).toBe(0);
    await goTo(page, "History");
  }
  for (const [run, text] of [
    [good.runId, "Once more"],
    [torn.runId, "Once more"],
  ] as const) {
    await replay(page, pastRun(page, run));
    await waitForStatus(page, run === good.runId ? "Done" : "Interrupted");
    expect(await textOf(page)).toBe(text);
    await goTo(page, "History");
  }

  for (const run of damaged.keys()) await pastRun(page, run).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await expect.poll(() => pastRuns(page).count()).toBe(2);
  expect((await readFile(join(good.dir, "events.jsonl"), "utf8")).trimEnd().split("\n")).toHaveLength(EVENTS.length);
});
