import { describe, expect, it } from "vitest";
import { PhononError } from "../../../electron/base/errors.js";
import { readPackProfile } from "../../../electron/runs/pack-profile.js";
import type { Target } from "../../../electron/targets/target.js";
import { PROFILE } from "../ipc/fake-side.js";

/** A target with one pack, and how often its agent was closed. */
function world(answer: () => Promise<unknown>) {
  const asked: unknown[] = [];
  let closed = 0;
  const session = {
    request: (message: unknown) => {
      asked.push(message);
      return answer();
    },
    close: () => {
      closed++;
      return Promise.resolve();
    },
  };
  const target = {
    packPath: (name: string) => Promise.resolve(`/packs/${name}`),
    openAgent: () => Promise.resolve(session),
  } as unknown as Target;
  return { asked, closed: () => closed, openTarget: () => Promise.resolve(target) };
}

const pack = { target: "adb:A", name: "a.pack" };

describe("a pack's profile", () => {
  it("is what phonon's agent reads there", async () => {
    const there = world(() => Promise.resolve({ profile: PROFILE }));
    expect(await readPackProfile(pack, there)).toEqual(PROFILE);
    expect(there.asked).toEqual([{ type: "pack_profile", pack: "/packs/a.pack" }]);
    expect(there.closed()).toBe(1);
  });

  it("of a pack that is gone says so, and closes the agent", async () => {
    const there = world(() => Promise.reject(new PhononError("file_missing", "/packs/a.pack: No such file")));
    await expect(readPackProfile(pack, there)).rejects.toThrow("not on adb:A any more");
    expect(there.closed()).toBe(1);
  });
});
