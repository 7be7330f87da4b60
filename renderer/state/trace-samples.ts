/** What is kept of the samples of a run, some five a second. NaN: the device does not tell. */
import type { AgentEvent } from "../../electron/ipc/contract.js";
import { Column } from "./columns.js";

export type SampleEvent = Extract<AgentEvent, { kind: "sample" }>;

export interface CoreColumns {
  load: Column; // [sample] 0..1
  mhz: Column;
}

export class SampleColumns {
  readonly atMs = Column.double(); // [sample] since the run began
  readonly rss = Column.double(); // bytes
  readonly anon = Column.double();
  readonly file = Column.double();
  readonly majorFaults = Column.double(); // since the process began
  readonly readBytes = Column.double(); // since the process began
  readonly readRate = Column.double(); // bytes per second since the sample before
  readonly faultRate = Column.double(); // per second since the sample before
  readonly watts = Column.single(); // out of the battery; negative: into it
  readonly charging = Column.single(); // 1 or 0
  readonly percent = Column.single();
  readonly cores = new Map<number, CoreColumns>(); // by id
  readonly zones = new Map<string, Column>(); // [sample] °C, by name; the battery's own is BATTERY_ZONE

  set(index: number, event: SampleEvent): void {
    const { memory, battery } = event;
    this.atMs.set(index, event.t_ms);
    this.rss.set(index, memory.rss_bytes);
    this.anon.set(index, memory.anon_bytes);
    this.file.set(index, memory.file_bytes);
    this.majorFaults.set(index, memory.major_faults);
    this.readBytes.set(index, event.storage.read_bytes);
    this.readRate.set(index, this.#perSecond(this.readBytes, index));
    this.faultRate.set(index, this.#perSecond(this.majorFaults, index));
    const known = typeof battery?.volts === "number" && typeof battery.amps === "number";
    this.watts.set(index, known ? drawn((battery.volts ?? 0) * (battery.amps ?? 0)) : null);
    this.charging.set(index, battery?.charging == null ? null : Number(battery.charging));
    this.percent.set(index, battery?.percent);
    for (const { id, load, mhz } of event.cores) this.#setCore(index, id, load, mhz);
    for (const { zone, celsius } of event.temps) this.#zone(zone).set(index, celsius);
    if (battery?.celsius != null) this.#zone(BATTERY_ZONE).set(index, battery.celsius);
  }

  #setCore(index: number, id: number, load: number | null, mhz: number | null): void {
    let core = this.cores.get(id);
    if (core === undefined) this.cores.set(id, (core = { load: Column.single(), mhz: Column.single() }));
    core.load.set(index, load);
    core.mhz.set(index, mhz);
  }

  #zone(name: string): Column {
    let zone = this.zones.get(name);
    if (zone === undefined) this.zones.set(name, (zone = Column.single()));
    return zone;
  }

  /** How fast a counter grew. One that went back belongs to another process: nothing is known of that stretch. */
  #perSecond(counter: Column, index: number): number {
    const seconds = (this.atMs.at(index) - this.atMs.at(index - 1)) / 1000;
    const grown = counter.at(index) - counter.at(index - 1);
    return seconds > 0 && grown >= 0 ? grown / seconds : NaN;
  }
}

export const BATTERY_ZONE = "battery";

/** Amps are negative while the battery is being drained. */
const drawn = (watts: number) => (watts === 0 ? 0 : -watts);
