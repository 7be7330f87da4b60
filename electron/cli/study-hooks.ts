/** What a ladder or a curve tells while it goes on: which run it is at, each one's speed, and how long it will take. */
import { CompareClock } from "../ipc/compare-clock.js";
import type { RoundsHooks } from "../runs/rounds.js";
import type { CommandContext } from "./context.js";
import { duration, speed } from "./units.js";

/** `names`: of the contenders, in the order in which they are run. */
export function studyHooks(names: readonly string[], rounds: number, context: CommandContext): RoundsHooks {
  const { terminal } = context;
  const clock = new CompareClock(names, rounds);
  const total = names.length * rounds;
  let done = 0;
  let phase = "";
  const show = () => terminal.progress({ phase, done, total, bytesPerSecond: null, etaSeconds: clock.etaSeconds() });
  const ended = (line: string) => {
    const eta = clock.etaSeconds();
    const left = eta === null || done === total ? "" : `, ${duration(eta)} left`;
    terminal.say(`${line}${left}`);
  };
  return {
    signal: context.signal,
    onStep: ({ what, name, round }) => {
      if (round !== null) clock.begin();
      phase = round === null ? `${what} ${name}` : `round ${round + 1} of ${rounds}, ${what} ${name}`;
      show();
    },
    onProgress: (progress) => terminal.progress({ ...progress, phase: `${phase}: ${progress.phase}` }),
    onEvent: (event) => {
      if (event.kind === "prefill" || event.kind === "token") show();
    },
    onRound: (round, _rounds, summary, name) => {
      clock.finished(name);
      done++;
      const took = `decode ${speed(summary.decode_tps)} over ${summary.output_tokens} tokens`;
      ended(`round ${round + 1} of ${rounds}: ${name}: ${took}`);
    },
    onFailure: (name, { message }) => {
      clock.leave(name);
      terminal.warn(`${name} is left out: ${message}`);
    },
  };
}
