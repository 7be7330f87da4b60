import { mkdir, rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { RunIdWatch } from "../../../electron/store/run-ids.js";
import { useTemporaryHome } from "../home.js";

const home = useTemporaryHome();
const runs = (name = "") => join(home(), "runs", name);
const longAgo = () => utimes(runs(), 1e9, 1e9);

it("the watch of runs lists them again when one comes or goes, and when it cannot know", async () => {
  const watch = new RunIdWatch();
  expect(await watch.changed()).toEqual([]);
  await mkdir(runs("20200101-000000-000000"), { recursive: true });
  expect(await watch.changed()).toEqual(["20200101-000000-000000"]);
  expect(await watch.changed()).toEqual(["20200101-000000-000000"]); // the change was just now
  await longAgo();
  expect(await watch.changed()).toEqual(["20200101-000000-000000"]);
  expect(await watch.changed()).toBeUndefined();
  await rm(runs("20200101-000000-000000"), { recursive: true });
  expect(await watch.changed()).toEqual([]);
  await longAgo();
  expect(await watch.changed()).toEqual([]);
  expect(await watch.changed()).toBeUndefined();
  await rm(runs(), { recursive: true });
  expect(await watch.changed()).toEqual([]);
});
