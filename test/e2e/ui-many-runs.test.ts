/** Ten thousand runs in the history. */
import { basename } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { makeManyRuns, manyRunId, OTHER_MODEL, PHONE } from "./many-runs.js";
import {
  decodeOf,
  filterRuns,
  foundRuns,
  pastRun,
  pastRuns,
  replay,
  shownRun,
  sortRuns,
  textOf,
  waitForStatus,
} from "./page.js";
import { useDesktop } from "./use-desktop.js";

const RUNS = 10_000;
const desktop = useDesktop();
beforeAll(() => makeManyRuns(desktop.home, RUNS), 300_000);

it("history: of ten thousand runs those that are wanted are found, sorted, turned over, opened and deleted", async () => {
  const page = await desktop.open("history");
  await foundRuns(page, "10,000 runs");
  await sortRuns(page, "Decode");
  await expect.poll(() => decodeOf(page, 0)).toBe("9,999");
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("51 to 100 of 10,000").waitFor();
  await expect.poll(() => decodeOf(page, 0)).toBe("9,949");
  await sortRuns(page, "Decode");
  await expect.poll(() => decodeOf(page, 0)).toBe("1.00");

  await filterRuns(page, "Target", PHONE);
  await foundRuns(page, "1,999 runs found");
  await filterRuns(page, "Model", basename(OTHER_MODEL));
  await foundRuns(page, "333 runs found");
  await expect.poll(() => decodeOf(page, 0)).toBe("30.0");
  await filterRuns(page, "Status", "failed");
  await foundRuns(page, "333 runs found"); // every thirtieth run is a tenth one too
  for (let turned = 0; turned < 6; turned++) await page.getByRole("button", { name: "Next" }).click();
  await page.getByText("301 to 333 of 333").waitFor();
  await expect.poll(() => pastRuns(page).count()).toBe(33);
  await page.getByRole("button", { name: "Show all" }).click();

  const run = manyRunId(5000);
  await page.getByRole("searchbox").fill(run);
  await foundRuns(page, "1 run found");
  await replay(page, pastRun(page, run));
  await waitForStatus(page, "Done");
  expect([await shownRun(page), await textOf(page)]).toEqual([run, "Once more"]);
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await foundRuns(page, "0 runs found");
  await page.getByRole("button", { name: "Show all" }).click();
  await foundRuns(page, "9,999 runs");
});
