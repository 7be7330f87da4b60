/** Names from phones and model files, whatever they hold, pass through the shell as text and are carried out nowhere. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PhononError } from "../../../electron/base/errors.js";
import { FakeSide, LOCAL } from "../ipc/fake-side.js";
import { openShell, type OpenShell } from "./tab.js";

const TEXTS = [
  "<img src=x onerror=alert(1)>",
  "</script><script>alert(1)</script>",
  "$(reboot) `reboot`; reboot & | > /tmp/x",
  `'"\\ \0 \x1b[2J \r\nSet-Cookie: a=b`,
  "\u2028\u2029\u202egnp.elif\ufeff",
  "\ud800 alone",
  "__proto__",
  "名前 🦙",
];

let desk: OpenShell;
let side: FakeSide;

beforeEach(async () => {
  side = new FakeSide();
  desk = await openShell(side);
});

afterEach(() => desk.close());

describe("hostile text through the shell", () => {
  it.each(TEXTS)("a phone's name: %j", async (name) => {
    side.targets = [{ ...LOCAL, id: "adb:X", name, soc: name }];
    const tab = await desk.open();
    expect(await tab.call("targets.list", null)).toMatchObject({ response: { targets: [{ name, soc: name }] } });
    const listing = { targets: side.targets, phonesProblem: { code: "adb_failed", message: name } };
    side.changeTargets(listing);
    await vi.waitFor(() => expect(tab.messages.at(-1)).toEqual({ event: "targets.changed", payload: listing }), {
      timeout: 20_000,
    });
  });

  it.each(TEXTS)("a model's path and its error: %j", async (text) => {
    const asked: string[] = [];
    side.inspectModel = (path) => {
      asked.push(path);
      return Promise.reject(new PhononError("file_invalid", `${path}: ${text}`));
    };
    const tab = await desk.open();
    const path = `/models/${text}.gguf`;
    expect(await tab.call("models.inspect", { path })).toEqual({
      ok: false,
      failure: { code: "file_invalid", message: `${path}: ${text}` },
    });
    expect(asked).toEqual([path]);
  });

  it("a serial number with shell characters stays one word of text; one that is a path goes no further", async () => {
    const asked: unknown[] = [];
    vi.spyOn(side, "startRun").mockImplementation((request) => {
      asked.push((request as { target: string }).target);
      return Promise.reject(new PhononError("no_such_target", "gone"));
    });
    const tab = await desk.open();
    const start = (target: string) => tab.call("run.start", { prompt: "x", target });
    for (const target of ["adb:../x", "adb:a\nb", "adb:", "local; x", "<b>"]) {
      expect(await start(target)).toMatchObject({ failure: { code: "bad_request" } });
    }
    expect(await start("adb:$(reboot);`id`<b>")).toMatchObject({ failure: { code: "no_such_target" } });
    expect(asked).toEqual(["adb:$(reboot);`id`<b>"]);
  });

  it("keys of requests that are no plain fields go no further", async () => {
    const tab = await desk.open();
    tab.say('{"id":1,"channel":"models.inspect","request":{"path":"/m","__proto__":{"admin":true}}}');
    tab.say('{"id":2,"channel":"__proto__","request":null}');
    await vi.waitFor(() => expect(tab.messages).toHaveLength(2), { timeout: 20_000 });
    expect(Reflect.get({}, "admin")).toBeUndefined();
    expect(tab.messages).toContainEqual(
      expect.objectContaining({ id: 2, reply: expect.objectContaining({ ok: false }) as unknown }),
    );
  });

  it("a file dialog, which a browser has not, is refused in words", async () => {
    const tab = await desk.open();
    expect(await tab.call("models.choose", null)).toMatchObject({ failure: { code: "unsupported" } });
  });
});
