/** One implementation of every channel, shared by both shells. */
import { PhononError } from "../base/errors.js";
import { Comparisons } from "./compare.js";
import { requests, type Accepted, type Broadcast, type Channel, type Reply, type Response } from "./contract.js";
import { failureOf } from "./failure.js";
import { Hub } from "./hub.js";
import { Measuring } from "./measuring.js";
import { fitOf, placementOf } from "./models.js";
import { Occupied } from "./occupied.js";
import { packProfileOf, packsOf } from "./packs.js";
import { runsHandlers } from "./runs.js";
import { Studies } from "./studies.js";
import { studiesHandlers } from "./studies-handlers.js";
import type { ControlSide } from "./side.js";
import type { Client } from "./subscription.js";

type Handlers = { [C in Channel]: (client: Client, request: Accepted<C>) => Promise<Response<C>> };

/** What a shell drives. `call` never rejects. */
export interface Control {
  connect(client: Client): void;
  disconnect(client: Client): void;
  call(client: Client, channel: unknown, request: unknown): Promise<Reply>;
  /** Ends runs and watchers. */
  close(): Promise<void>;
}

interface Parts {
  side: ControlSide;
  hub: Hub;
  comparisons: Comparisons;
  studies: Studies;
  measuring: Measuring;
  occupied: Occupied;
}

function makeHandlers({ side, hub, comparisons, studies, measuring, occupied }: Parts): Handlers {
  return {
    "targets.list": () => side.listTargets(),
    "targets.preflight": (_client, { target }) => side.preflight(target),
    "targets.facts": (_client, { target }) => side.report(target),
    "targets.measured": (_client, { target }) => measuring.state(target),
    "targets.measure": (_client, { target }) => {
      measuring.start(target);
      return Promise.resolve(null);
    },
    "targets.cancelMeasuring": (_client, { target }) => {
      measuring.cancel(target);
      return Promise.resolve(null);
    },
    "models.list": () => side.listModels(),
    async "models.choose"() {
      if (side.chooseModel === undefined) {
        throw new PhononError("unsupported", "There is no file dialog here. Type the file's path.");
      }
      return { path: await side.chooseModel() };
    },
    "models.inspect": (_client, { path }) => side.inspectModel(path),
    "models.forget": async (_client, { path }) => {
      await side.forgetModel(path);
      return null;
    },
    "models.placement": (_client, { target }) => placementOf(side, target),
    "models.hash": async (_client, { path }) => {
      await side.hashModel(path);
      return null;
    },
    "models.fit": (_client, request) => fitOf(side, request),
    "models.plan": (_client, { path, ...query }) => side.plan({ model: path, ...query }),
    "models.packs": (_client, request) => packsOf(side, request),
    "models.packProfile": (_client, request) => packProfileOf(side, occupied, request),
    "run.start": async (_client, request) => ({ runId: await hub.start(request) }),
    "run.cancel": async (_client, { runId }) => {
      await hub.cancel(runId);
      return null;
    },
    "run.attach": (client, { runId, fromSeq }) => hub.attach(client, runId, fromSeq),
    "run.detach": (client, { runId }) => {
      hub.detach(client, runId);
      return Promise.resolve(null);
    },
    ...runsHandlers(side, () => hub.broadcast("runs.changed", null)),
    "compare.list": () => Promise.resolve(comparisons.list()),
    "compare.start": (_client, request) => Promise.resolve({ comparisonId: comparisons.start(request) }),
    "compare.cancel": (_client, { comparisonId }) => {
      comparisons.cancel(comparisonId);
      return Promise.resolve(null);
    },
    ...studiesHandlers(studies),
  };
}

function isChannel(value: unknown): value is Channel {
  return typeof value === "string" && Object.hasOwn(requests, value);
}

export function createControl(side: ControlSide): Control {
  const occupied = new Occupied();
  const hub = new Hub(side, occupied);
  const broadcast: Broadcast = (name, payload) => hub.broadcast(name, payload);
  const comparisons = new Comparisons(side, occupied, broadcast);
  const studies = new Studies(side, occupied, broadcast);
  const measuring = new Measuring(side, occupied, broadcast);
  const handlers = makeHandlers({ side, hub, comparisons, studies, measuring, occupied });
  const watcher = side.watchTargets((listing) => hub.broadcast("targets.changed", listing));

  async function handle<C extends Channel>(client: Client, channel: C, request: unknown): Promise<Response<C>> {
    const accepted = requests[channel].parse(request ?? null) as Accepted<C>;
    return handlers[channel](client, accepted);
  }

  return {
    connect: (client) => hub.connect(client),
    disconnect: (client) => hub.disconnect(client),
    async call(client, channel, request) {
      try {
        if (!isChannel(channel)) throw new PhononError("unknown_channel", "There is no such channel.");
        return { ok: true, response: await handle(client, channel, request) };
      } catch (error) {
        return { ok: false, failure: failureOf(error) };
      }
    },
    async close() {
      watcher.stop();
      await Promise.all([hub.close(), comparisons.close(), studies.close(), measuring.close()]);
    },
  };
}
