/** `host:track-devices`: every change of the list of phones, until told to stop. */
import { PhononError } from "../../base/errors.js";
import { delay } from "../../base/time.js";
import { request, withConnection } from "./connection.js";
import { listDevices, parseDevices } from "./devices.js";
import type { Device } from "./devices.js";
import { checkServer } from "./version.js";

export interface Listener {
  onDevices(devices: Device[]): void;
  /** adb cannot be asked at present; `onDevices` is called again when it can. */
  onProblem(problem: PhononError): void;
}

const firstPauseMs = 500;
const longestPauseMs = 5_000;
const pollMs = 2_000;
const forever = 2_147_483_647; // the longest timer there is: 24 days

/**
 * Resolves when the signal is aborted. A server that is not running is started; once it has run, it is somebody's wish
 * that it does not run any more, and it is only watched for.
 */
export async function trackDevices(listener: Listener, signal: AbortSignal): Promise<void> {
  const stopped = (): boolean => signal.aborted;
  let mayStart = true;
  for (let pause = firstPauseMs; !stopped(); pause = Math.min(2 * pause, longestPauseMs)) {
    try {
      if (mayStart) await checkServer(signal);
      mayStart = false;
      const operation = { what: "Watching for devices", ms: forever, signal, startServer: false };
      await withConnection(operation, async (connection) => {
        await request(connection, "host:track-devices");
        const poll = new Poll(listener, signal);
        try {
          for (;;) {
            const list = await connection.parser.readValue();
            pause = firstPauseMs;
            poll.tell(parseDevices(list.toString("utf-8")));
          }
        } finally {
          poll.stop();
        }
      });
    } catch (error) {
      if (stopped()) return;
      if (!(error instanceof PhononError)) throw error;
      listener.onProblem(error);
    }
    await delay(pause, signal).catch(() => undefined);
  }
}

/** Looks at the list beside the tracker, which says nothing of a network phone that goes offline (platform-tools 29). */
class Poll {
  private told = "";
  private stopped = false;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly listener: Listener,
    private readonly signal: AbortSignal,
  ) {
    this.timer = setInterval(() => void this.look(), pollMs);
  }

  tell(devices: Device[]): void {
    this.told = JSON.stringify(devices);
    this.listener.onDevices(devices);
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const before = this.told;
    const devices = await listDevices(this.signal, false).catch(() => null); // the tracker says what is wrong
    const outdated = this.told !== before || this.stopped;
    if (devices && !outdated && JSON.stringify(devices) !== before) this.tell(devices);
  }
}
