import { afterEach, describe, expect, it, vi } from "vitest";
import { noBrowserReason, openCommand } from "../../../electron/shell/open-url.js";
import { Access } from "../../../electron/shell/access.js";

describe("open URL", () => {
  it.each([
    [{ CI: "true" }, "linux", "running in CI"],
    [{}, "linux", "there is no display"],
    [{ DISPLAY: ":0", SSH_CONNECTION: "1.2.3.4 5 6.7.8.9 22" }, "linux", "this is an SSH session"],
    [{ DISPLAY: ":0" }, "linux", undefined],
    [{ WAYLAND_DISPLAY: "wayland-0", CI: "false" }, "linux", undefined],
    [{}, "darwin", undefined],
    [{}, "win32", undefined],
  ] as const)("with %o on %s: %s", (env, platform, reason) => expect(noBrowserReason(env, platform)).toBe(reason));

  it("is never read by a shell", () => {
    const url = "http://127.0.0.1:7333/?launch=a&b=$(x)";
    for (const platform of ["linux", "darwin", "win32"] as const) {
      const [program, args] = openCommand(url, platform);
      expect(["xdg-open", "open", "rundll32"]).toContain(program);
      expect(args.at(-1)).toBe(url);
    }
  });
});

describe("access: launch codes", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("open the page once", () => {
    const access = new Access();
    const query = new URLSearchParams({ launch: access.launchCode() });
    expect(access.acceptsUrl(query)).toBe(true);
    expect(access.acceptsUrl(query)).toBe(false);
  });

  it("end after a minute, whatever the wall clock says", () => {
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    const access = new Access();
    const [one, other] = [1, 2].map(() => new URLSearchParams({ launch: access.launchCode() }));
    vi.setSystemTime(Date.now() + 86_400_000);
    vi.advanceTimersByTime(59_000);
    expect(access.acceptsUrl(one!)).toBe(true);
    vi.setSystemTime(Date.now() - 2 * 86_400_000);
    vi.advanceTimersByTime(2000);
    expect(access.acceptsUrl(other!)).toBe(false);
  });

  it("are not tokens, nor the other way round", () => {
    const access = new Access();
    expect(access.acceptsUrl(new URLSearchParams({ token: access.launchCode() }))).toBe(false);
    expect(access.acceptsUrl(new URLSearchParams({ launch: access.token }))).toBe(false);
  });
});
