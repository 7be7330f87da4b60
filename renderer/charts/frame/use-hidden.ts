/** Which series of a chart are hidden, by the buttons of its legend. */
import { useCallback, useState } from "react";

export interface Hidden {
  has: (series: string) => boolean;
  toggle: (series: string) => void;
}

export function useHidden(): Hidden {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback(
    (series: string) =>
      setHidden((before) => {
        const after = new Set(before);
        if (!after.delete(series)) after.add(series);
        return after;
      }),
    [],
  );
  return { has: (series) => hidden.has(series), toggle };
}
