/** Who is faster, in words and drawn: the ratio with its bootstrap interval, against the line where both are equal. */
import type { Pair } from "../../../electron/ipc/contract.js";
import { times, verdictInWords } from "../../state/compare.js";
import { engineColour } from "../../state/engines.js";

const TITLES: Record<Pair["metric"], string> = { decode_tps: "Decode", prefill_tps: "Prefill" };

export function Verdicts({ pairs }: { pairs: readonly Pair[] }) {
  return (
    <div className="verdicts">
      {pairs.map((pair) => (
        <Verdict key={`${pair.a} ${pair.b} ${pair.metric}`} pair={pair} />
      ))}
    </div>
  );
}

function Verdict({ pair }: { pair: Pair }) {
  const { headline, detail } = verdictInWords(pair);
  const winner = pair.verdict === "faster" ? pair.a : pair.verdict === "slower" ? pair.b : null;
  return (
    <figure className={`verdict-box ${pair.metric}`}>
      <figcaption>{TITLES[pair.metric]}</figcaption>
      <p className="verdict-ratio" style={winner === null ? undefined : { color: engineColour(winner) }}>
        {times(pair.ratio)}
      </p>
      <p className="verdict-headline">{headline}</p>
      <Interval pair={pair} />
      <p className="note">{detail}</p>
    </figure>
  );
}

const WIDTH = 320;
const HEIGHT = 44;
const PAD = 16;
const LINE = 18; // where the interval lies

/** A ratio of 2 lies as far to the right as one half lies to the left. */
function Interval({ pair: { a, b, ratio, ci95 } }: { pair: Pair }) {
  const [low, high] = ci95;
  const reach = Math.max(Math.abs(Math.log(low)), Math.abs(Math.log(high)), Math.log(1.05)) * 1.15;
  const x = (value: number): number => WIDTH / 2 + (Math.log(value) / reach) * (WIDTH / 2 - PAD);
  const edge = Math.exp(reach);
  return (
    <svg
      className="interval"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={`${times(low)} to ${times(high)}`}
    >
      <line className="interval-axis" x1={PAD} x2={WIDTH - PAD} y1={LINE} y2={LINE} />
      <line className="interval-equal" x1={WIDTH / 2} x2={WIDTH / 2} y1={4} y2={LINE + 10} />
      <line className="interval-range" x1={x(low)} x2={Math.max(x(high), x(low) + 1)} y1={LINE} y2={LINE} />
      <circle className="interval-ratio" cx={x(ratio)} cy={LINE} r={4} />
      <text x={PAD} y={HEIGHT - 4} style={{ fill: engineColour(b) }}>
        {times(1 / edge)}
      </text>
      <text x={WIDTH / 2} y={HEIGHT - 4} className="middle">
        equal
      </text>
      <text x={WIDTH - PAD} y={HEIGHT - 4} className="end" style={{ fill: engineColour(a) }}>
        {times(edge)}
      </text>
    </svg>
  );
}
