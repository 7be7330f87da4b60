/** What is already on which target that is ready: asked when the list of models, or of such targets, changes. */
import { useEffect, useReducer, useState } from "react";
import type { Placement } from "../../electron/ipc/contract.js";
import { useClient, useSelect } from "./context.js";

/** target -> what is there; a target that did not answer is left out. */
export type Placements = ReadonlyMap<string, Placement>;

const NONE: Placements = new Map();

export function usePlacements(): { placements: Placements; again: () => void } {
  const client = useClient();
  const models = useSelect((state) => state.models);
  const isOpen = useSelect((state) => state.connection === "open");
  const ready = useSelect(
    (state) => state.targets?.flatMap(({ id, state: at }) => (at === "ready" ? [id] : [])).join("\n") ?? "",
  );
  const [placements, setPlacements] = useState(NONE);
  const [turn, again] = useReducer((before: number) => before + 1, 0);

  useEffect(() => {
    if (!isOpen || models === null || ready === "") return;
    let isOver = false;
    const ask = (target: string): Promise<Placement> => client.call("models.placement", { target });
    void Promise.allSettled(ready.split("\n").map(ask)).then((answers) => {
      const known = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
      if (!isOver) setPlacements(new Map(known.map((placement) => [placement.target, placement])));
    });
    return () => {
      isOver = true;
    };
  }, [client, models, isOpen, ready, turn]);
  return { placements, again };
}
