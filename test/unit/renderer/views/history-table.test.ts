import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import type { RunListing } from "../../../../electron/ipc/contract.js";
import { SORT_KEYS } from "../../../../electron/store/query.js";
import { COLUMNS, NARROW_COLUMNS, withBars } from "../../../../renderer/views/history/columns.js";
import { nextSort } from "../../../../renderer/views/history/RunTable.js";

it("history: a figure is looked at from its largest on, a name from A, and either the other way round after that", () => {
  const newest = { by: "startedAt", descending: true } as const;
  expect(nextSort(newest, "decodeTps")).toEqual({ by: "decodeTps", descending: true });
  expect(nextSort({ by: "decodeTps", descending: true }, "decodeTps")).toEqual({ by: "decodeTps", descending: false });
  expect(nextSort(newest, "model")).toEqual({ by: "model", descending: false });
  expect(nextSort({ by: "model", descending: false }, "startedAt")).toEqual(newest);
});

it("history: why a run is damaged can be reached with the keyboard; a status that says all has nothing to press", () => {
  const status = COLUMNS.find(({ id }) => id === "status")!;
  const drawn = (run: Pick<RunListing, "status" | "problem">) => renderToStaticMarkup(status.show(run as RunListing));
  const damaged = drawn({ status: "damaged", problem: "run.json: not a run" });
  expect(damaged).toMatch(/<button[^>]*>damaged<\/button>/);
  expect(damaged).not.toContain("title=");
  expect(drawn({ status: "done", problem: null })).toBe('<span class="state ">done</span>');
});

it("history: every column is one that the store sorts by, and the narrow table begins as the wide one does", () => {
  expect(COLUMNS.map(({ id }) => id).sort()).toEqual([...SORT_KEYS].sort());
  expect(NARROW_COLUMNS[0]).toBe(COLUMNS[0]);
});

it("history: bars are as long as runs are fast, and none stands for what was not measured", () => {
  const runs = [100, 25, null].map((decodeTps) => ({ decodeTps, engine: "phonon" }) as RunListing);
  const lengths = (shown: RunListing[]) => {
    const column = withBars(COLUMNS, shown).find(({ id }) => id === "decodeTps");
    return shown.map((run) => column?.bar?.(run)?.length);
  };
  expect(lengths(runs)).toEqual([1, 0.25, undefined]);
  expect(lengths(runs.slice(2))).toEqual([undefined]);
});
