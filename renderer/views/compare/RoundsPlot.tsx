/** Each round's speed as a dot, all engines over one axis: what drifts, and what lies apart, is seen at a glance. */
import type { ComparisonState } from "../../../electron/ipc/contract.js";
import { speedsOf, type Speed } from "../../state/compare.js";
import { engineColour, engineLabel } from "../../state/engines.js";
import { digits, tick } from "../../state/format.js";
import { valueAxis } from "../../charts/index.js";

const WIDTH = 400;
const HEIGHT = 140;
const LEFT = 56;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 24;
const STEPS = 3;

interface RoundsPlotProps {
  comparison: ComparisonState;
  speed: Speed;
  title: string;
}

export function RoundsPlot({ comparison: { engines, done, rounds: asked, status }, speed, title }: RoundsPlotProps) {
  const rounds = status === "running" ? asked : Math.max(...done.map(({ round }) => round + 1));
  const most = Math.max(0, ...engines.flatMap((engine) => speedsOf(done, engine, speed)));
  if (most === 0) return null;
  const inWords = engines.map(
    (engine) => `${engineLabel(engine)} ${speedsOf(done, engine, speed).map(digits).join(", ")}`,
  );
  const axis = valueAxis(0, most, STEPS);
  const x = (round: number): number => LEFT + ((round + 0.5) / rounds) * (WIDTH - LEFT - RIGHT);
  /** Beside each other, that one engine's dot hides no other's. */
  const beside = (engine: string): number =>
    (engines.findIndex((one) => one === engine) - (engines.length - 1) / 2) * 6;
  const y = (value: number): number => HEIGHT - BOTTOM - (value / axis.to) * (HEIGHT - TOP - BOTTOM);
  return (
    <figure className="rounds-plot">
      <figcaption>
        {title} <small>tok/s</small>
      </figcaption>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`${title}, tokens per second: ${inWords.join("; ")}`}
      >
        {axis.ticks.map((value) => (
          <g key={value}>
            <line className="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} />
            <text className="end" x={LEFT - 6} y={y(value) + 4}>
              {tick(value)}
            </text>
          </g>
        ))}
        <text x={x(0)} y={HEIGHT - 6} className="middle">
          1
        </text>
        {rounds > 1 && (
          <text x={WIDTH - RIGHT} y={HEIGHT - 6} className="end">
            round {rounds}
          </text>
        )}
        {done.map(({ engine, round, runId, [speed]: value }) =>
          value === null ? null : (
            <circle
              key={runId}
              cx={x(round) + beside(engine)}
              cy={y(value)}
              r={4}
              style={{ fill: engineColour(engine) }}
            >
              <title>{`Round ${round + 1}, ${engineLabel(engine)}: ${digits(value)} tok/s`}</title>
            </circle>
          ),
        )}
      </svg>
    </figure>
  );
}
