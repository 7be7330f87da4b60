import { afterEach, describe, expect, it } from "vitest";
import type { AgentEvent } from "../../../electron/agent/messages.js";
import { OutsideSamples } from "../../../electron/runs/outside-samples.js";
import type { BatterySample, Target } from "../../../electron/targets/target.js";

const battery = { volts: 4, amps: null, charging: false, percent: 61, celsius: 30 };
const temps = [{ zone: "skin", celsius: 33 }];

function sample(known: Partial<BatterySample> = {}): AgentEvent {
  return {
    ...{ type: "event", run: "r", seq: 1, t_ms: 0, kind: "sample", cores: [], storage: { read_bytes: null } },
    memory: { rss_bytes: null, anon_bytes: null, file_bytes: null, major_faults: null },
    temps: [],
    battery: null,
    ...known,
  };
}

/** A target of which only this is asked. */
function target(sampleBattery?: () => Promise<BatterySample>): Target {
  return (sampleBattery ? { sampleBattery } : {}) as Target;
}

describe("outside samples", () => {
  let samples: OutsideSamples | undefined;
  afterEach(() => samples?.stop());

  it("fill what an agent cannot read, and follow the target", async () => {
    let readings = 0;
    samples = new OutsideSamples(
      target(() => Promise.resolve({ battery: { ...battery, percent: readings++ === 0 ? 61 : 60 }, temps })),
      10,
    );
    expect(samples.complete(sample())).toEqual(sample());
    await expect.poll(() => samples?.complete(sample())).toMatchObject({ temps, battery: { percent: 60 } });
    const own = { ...battery, percent: 5 };
    expect(samples.complete(sample({ battery: own }))).toMatchObject({ battery: own, temps });
  });

  it("ask nothing of a target whose agent knows, or that cannot be asked", async () => {
    let asked = 0;
    const count = (): Promise<BatterySample> => {
      asked++;
      return Promise.resolve({ battery, temps });
    };
    samples = new OutsideSamples(target(count), 5);
    const whole = sample({ battery, temps });
    expect(samples.complete(whole)).toBe(whole);
    expect(asked).toBe(0);
    const mute = new OutsideSamples(target(), 5);
    const empty = sample();
    expect(mute.complete(empty)).toBe(empty);
  });

  it("show nothing old while the target cannot be asked", async () => {
    let plugged = true;
    const read = (): Promise<BatterySample> =>
      plugged ? Promise.resolve({ battery, temps }) : Promise.reject(new Error("unplugged"));
    samples = new OutsideSamples(target(read), 5);
    await expect.poll(() => samples?.complete(sample())).toMatchObject({ battery });
    plugged = false;
    await expect.poll(() => samples?.complete(sample())).toEqual(sample());
  });
});
