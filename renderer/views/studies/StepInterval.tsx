/** A ratio with its interval on an axis that all rungs share: twice as fast lies as far to the right as half to the left. */
import type { Ablation } from "../../../electron/ipc/contract.js";
import { times } from "../../state/compare.js";

const WIDTH = 80;
const HEIGHT = 18;
const MIDDLE = HEIGHT / 2;
const PAD = 6;

type Step = NonNullable<Ablation["rungs"][number]["step"]>;

export function StepInterval({ step: { ratio, ci95 }, reach }: { step: Step; reach: number }) {
  const [low, high] = ci95;
  const x = (value: number): number => WIDTH / 2 + (Math.log(value) / reach) * (WIDTH / 2 - PAD);
  return (
    <span className="step-interval">
      <svg width={WIDTH} height={HEIGHT} aria-hidden="true">
        <line className="interval-axis" x1={PAD} x2={WIDTH - PAD} y1={MIDDLE} y2={MIDDLE} />
        <line className="interval-equal" x1={WIDTH / 2} x2={WIDTH / 2} y1={2} y2={HEIGHT - 2} />
        <line className="interval-range" x1={x(low)} x2={Math.max(x(high), x(low) + 1)} y1={MIDDLE} y2={MIDDLE} />
        <circle className="interval-ratio" cx={x(ratio)} cy={MIDDLE} r={3.5} />
      </svg>
      <span>
        <span className="main-figure">{times(ratio)}</span>
        <small className="below">
          {times(low)} – {times(high)}
        </small>
      </span>
    </span>
  );
}
