/** Two `phonon serve` and a command line on the same data folder: each sees what the others keep, nothing is lost. */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { RunListing } from "../../electron/ipc/contract.js";
import { openTab, type Tab } from "../unit/shell/tab.js";
import { Cli, type Going } from "./cli.js";
import { LONG_TOKENS, slowModel } from "./desktop.js";

let cli: Cli;

beforeEach(async () => {
  cli = await Cli.open();
});

afterEach(() => cli.close());

interface Program extends Going {
  port: number;
  tab: Tab;
}

async function serve(): Promise<Program> {
  const going = cli.start(["serve", "--no-open"]);
  let said = "";
  going.child.stderr?.on("data", (text) => (said += String(text)));
  const url = () => /http:\S+\?token=\S+(?=\s)/.exec(said)?.[0];
  await expect.poll(url, { timeout: 20_000 }).toBeDefined();
  const { port, searchParams } = new URL(url() ?? "");
  const headers = { cookie: `phonon-${port}=${searchParams.get("token")}`, origin: `http://127.0.0.1:${port}` };
  return { ...going, port: Number(port), tab: await openTab(`ws://127.0.0.1:${port}/socket`, { headers }) };
}

const runsOf = async ({ tab }: Program) => {
  const reply = (await tab.call("runs.query", {})) as { response: { rows: RunListing[] } };
  return reply.response.rows.map(({ runId, status }) => [runId, status]);
};

async function startRun({ tab }: Program, request: { model?: string; tokens: number }): Promise<string> {
  const reply = await tab.call("run.start", { prompt: "Once", ignoreEnd: true, ...request });
  expect(reply).toMatchObject({ ok: true });
  return (reply as { response: { runId: string } }).response.runId;
}

it("second program: takes another port, sees the first one's runs, and may not delete what it writes", async () => {
  const [first, second] = [await serve(), await serve()];
  expect(second.port).not.toBe(first.port);

  const runId = await startRun(first, { model: await slowModel(cli.home), tokens: Number(LONG_TOKENS) });
  expect(await runsOf(second)).toEqual([[runId, "running"]]);
  const refused = await second.tab.call("runs.delete", { runIds: [runId] });
  expect(refused).toMatchObject({ ok: false, failure: { code: "run_in_use" } });
  expect(await second.tab.call("run.cancel", { runId })).toMatchObject({ failure: { code: "no_such_run" } });

  const other = await startRun(second, { tokens: 8 });
  const done = [other, "done"];
  await expect.poll(() => runsOf(first), { timeout: 30_000 }).toContainEqual(done);
  await first.tab.call("run.cancel", { runId });
  await expect.poll(() => runsOf(second), { timeout: 30_000 }).toEqual([done, [runId, "cancelled"]]);

  const { runs } = await cli.json<{ runs: { run_id: string }[] }>("runs");
  expect(runs.map((run) => run.run_id)).toEqual([other, runId]);
  for (const { child, finished } of [first, second]) {
    child.kill("SIGTERM");
    expect((await finished).status).toBe(0);
  }
  await expect.poll(() => cli.processes(), { timeout: 10_000 }).toEqual([]);
});

it("second program: models added in one are listed in the other, and none is lost", async () => {
  const [first, second] = [await serve(), await serve()];
  const paths = ["a.gguf", "b.gguf", "c.gguf", "d.gguf"].map((name) => `${cli.home}/${name}`);
  for (const path of paths) {
    await cli.run("synth", "--shape", "tiny", "--quant", "F16", "--out", path);
  }
  const add = ({ tab }: Program, path: string) => tab.call("models.inspect", { path });
  for (const path of paths.slice(0, 2)) expect(await add(first, path)).toMatchObject({ ok: true });
  for (const path of paths.slice(2)) expect(await add(second, path)).toMatchObject({ ok: true });
  const listed = (await first.tab.call("models.list", null)) as { response: { path: string }[] };
  expect(listed.response.map(({ path }) => path)).toEqual(expect.arrayContaining(paths));
  for (const { child, finished } of [first, second]) {
    child.kill("SIGTERM");
    expect((await finished).status).toBe(0);
  }
});
