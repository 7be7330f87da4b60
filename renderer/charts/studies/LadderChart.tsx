/** What each stage gains: decode speed, rung by rung. */
import { useCallback, useMemo } from "react";
import type { Ablation } from "../../../electron/ipc/contract.js";
import { tick } from "../../state/format.js";
import { decodeInWords } from "../../state/study-figures.js";
import { valueAxis } from "../data/scale.js";
import { Frame } from "../frame/Frame.js";
import { useHidden } from "../frame/use-hidden.js";
import { ladderDetails, ladderLabels, ladderMarks, ladderSeries, ladderTable, placesOf, type Rung } from "./ladder.js";
import { StudyCharts, StudySlot } from "./StudyCharts.js";

const STEPS = 4;
const ROOM_FOR_LABELS = 1.1;

export function LadderChart({ ablation: { rungs } }: { ablation: Ablation }) {
  const names = rungs.map(({ name }) => name).join("\n");
  const places = useMemo(() => placesOf(rungs), [names]);
  const heading = useCallback((x: number) => places[Math.floor(x)]?.text ?? "", [places]);
  return (
    <StudyCharts label="Ladder" from={0} to={Math.max(1, rungs.length)} places={places} heading={heading}>
      <StudySlot shown={rungs} wide>
        {(shown) => <Bars rungs={shown} />}
      </StudySlot>
    </StudyCharts>
  );
}

function Bars({ rungs }: { rungs: readonly Rung[] }) {
  const hidden = useHidden();
  const seen = rungs.filter(({ engine }) => !hidden.has(engine));
  const most = Math.max(0, ...seen.map(({ decode_tps }) => decode_tps?.max ?? 0));
  return (
    <Frame
      id="ladder"
      title="Decode speed"
      unit="tok/s, median of the rounds, with the lowest and the highest"
      along="by rung"
      y={valueAxis(0, most * ROOM_FOR_LABELS, STEPS)}
      yText={tick}
      series={ladderSeries(rungs)}
      details={ladderDetails(rungs)}
      marks={ladderMarks(rungs)}
      labels={ladderLabels(rungs)}
      hidden={hidden}
      empty={rungs.some(({ decode_tps }) => decode_tps !== null) ? null : "Drawn as soon as the first run has ended."}
      summary={rungs.map(({ name, decode_tps }) => `${name}: ${decodeInWords(decode_tps)}`).join("; ")}
      table={() => ladderTable(rungs)}
    />
  );
}
