import { engineColour, engineLabel } from "../state/engines.js";

/** An engine's name beside its colour. */
export function EngineTag({ engine }: { engine: string }) {
  return (
    <span className="engine-tag">
      <svg className="swatch" viewBox="0 0 10 10" aria-hidden="true">
        <rect width="10" height="10" rx="2" fill={engineColour(engine)} />
      </svg>
      {engineLabel(engine)}
    </span>
  );
}
