/** What is kept of the samples of a run, some five a second. NaN: the device does not tell. */
import type { AgentEvent } from "../../electron/ipc/contract.js";
import { Column } from "./columns.js";
import { greater } from "./thinning.js";
import type { Thin } from "./trace-tokens.js";
import { kindOfZone, type ZoneKind } from "./zones.js";

export type SampleEvent = Extract<AgentEvent, { kind: "sample" }>;

export interface CoreColumns {
  load: Column; // [row] 0..1
  mhz: Column;
}

export class SampleColumns {
  readonly number = Column.double("first"); // [row] which sample it is, from 0
  readonly atMs = Column.double("first"); // [row] since the run began
  readonly rss = Column.double(); // bytes
  readonly anon = Column.double();
  readonly file = Column.double();
  readonly majorFaults = Column.double("first"); // since the process began
  readonly readBytes = Column.double("first"); // since the process began
  readonly readRate = Column.double(); // bytes per second since the sample before
  readonly faultRate = Column.double(); // per second since the sample before
  readonly watts = Column.single(); // out of the battery; negative: into it
  readonly charging = Column.single(); // 1 or 0
  readonly cores = new Map<number, CoreColumns>(); // by id
  readonly zones = new Map<ZoneKind, Column>(); // [row] °C, the hottest of each kind; the battery's own is one of its kind
  readonly #kinds = new Map<string, ZoneKind>(); // by name

  set(row: number, number: number, event: SampleEvent): void {
    const { memory, battery } = event;
    this.number.set(row, number);
    this.atMs.set(row, event.t_ms);
    this.rss.set(row, memory.rss_bytes);
    this.anon.set(row, memory.anon_bytes);
    this.file.set(row, memory.file_bytes);
    this.majorFaults.set(row, memory.major_faults);
    this.readBytes.set(row, event.storage.read_bytes);
    this.readRate.set(row, this.#perSecond(this.readBytes, row));
    this.faultRate.set(row, this.#perSecond(this.majorFaults, row));
    const known = typeof battery?.volts === "number" && typeof battery.amps === "number";
    this.watts.set(row, known ? drawn((battery.volts ?? 0) * (battery.amps ?? 0)) : null);
    this.charging.set(row, battery?.charging == null ? null : Number(battery.charging));
    for (const { id, load, mhz } of event.cores) this.#setCore(row, id, load, mhz);
    for (const { zone, celsius } of event.temps) this.#setZone(row, this.#kindOf(zone), celsius);
    if (battery?.celsius != null) this.#setZone(row, "battery", battery.celsius);
  }

  thinned(thin: Thin): SampleColumns {
    const core = ({ load, mhz }: CoreColumns) => ({ load: thin(load), mhz: thin(mhz) });
    return Object.assign(new SampleColumns(), {
      number: thin(this.number),
      atMs: thin(this.atMs),
      rss: thin(this.rss),
      anon: thin(this.anon),
      file: thin(this.file),
      majorFaults: thin(this.majorFaults),
      readBytes: thin(this.readBytes),
      readRate: thin(this.readRate),
      faultRate: thin(this.faultRate),
      watts: thin(this.watts),
      charging: thin(this.charging),
      cores: new Map([...this.cores].map(([id, columns]) => [id, core(columns)])),
      zones: new Map([...this.zones].map(([kind, column]) => [kind, thin(column)])),
    });
  }

  #setCore(row: number, id: number, load: number | null, mhz: number | null): void {
    let core = this.cores.get(id);
    if (core === undefined) this.cores.set(id, (core = { load: Column.single(), mhz: Column.single() }));
    core.load.set(row, load);
    core.mhz.set(row, mhz);
  }

  #setZone(row: number, kind: ZoneKind, celsius: number): void {
    let zone = this.zones.get(kind);
    if (zone === undefined) this.zones.set(kind, (zone = Column.single()));
    zone.set(row, greater(zone.at(row), celsius));
  }

  #kindOf(name: string): ZoneKind {
    let kind = this.#kinds.get(name);
    if (kind === undefined) this.#kinds.set(name, (kind = kindOfZone(name)));
    return kind;
  }

  /** How fast a counter grew. One that went back belongs to another process: nothing is known of that stretch. */
  #perSecond(counter: Column, row: number): number {
    const seconds = (this.atMs.at(row) - this.atMs.at(row - 1)) / 1000;
    const grown = counter.at(row) - counter.at(row - 1);
    return seconds > 0 && grown >= 0 ? grown / seconds : NaN;
  }
}

/** Amps are negative while the battery is being drained. */
const drawn = (watts: number) => (watts === 0 ? 0 : -watts);
