/** How often the neurons of each layer fire, from the hottest to the coldest: what a cache can count on. */
import { memo, useCallback, useMemo, useState } from "react";
import { count } from "../../state/format.js";
import { meanShare, shareOf, type Heat } from "../../state/heat.js";
import { layerAxis, layerText } from "../data/layers.js";
import { Frame } from "../frame/Frame.js";
import { HeatKey } from "../frame/HeatKey.js";
import { HeatMap } from "../frame/HeatMap.js";
import { useHidden } from "../frame/use-hidden.js";
import type { Series } from "../marks/mark.js";
import { OwnAxis } from "../OwnAxis.js";
import { useReading } from "../reading.js";
import { binAt, binWidth, cellsOf, layerMark, percentOf, positionsInWords, tableOf, topShare } from "./cells.js";

export interface NeuronsProps {
  heat: Heat | null;
  ended: boolean; // no more of it will come
}

export const NeuronsChart = memo(function NeuronsChart({ heat, ended }: NeuronsProps) {
  const heading = useCallback((x: number) => (heat === null ? "" : positionsInWords(heat, x)), [heat]);
  return (
    <OwnAxis mode="percent" to={100} heading={heading} {...(heat && { step: binWidth(heat) })}>
      {heat === null ? <Empty why={ended ? UNTOLD : AWAITED} /> : <Cells heat={heat} />}
    </OwnAxis>
  );
});

const percent = (share: number) => `${(100 * share).toFixed(1)} % of tokens`;
const COMMON = { id: "neurons", title: "Which neurons fire", along: "by hotness, the hottest first" };
const COLOUR = { look: "fill", colour: "var(--heat-high)" } as const;
const nothing = () => ({ columns: [], rows: [] });

function Empty({ why }: { why: string }) {
  const y = useMemo(() => layerAxis(0), []);
  const none = { series: [], marks: [], summary: "", table: nothing };
  return <Frame {...COMMON} {...none} unit="by layer" y={y} yText={layerText} hidden={useHidden()} empty={why} />;
}

const AWAITED = "How often the neurons of each layer fire is told after every 64 tokens, and at the end.";
const UNTOLD = "This run does not tell how often neurons fire: it decoded nothing, or an earlier version recorded it.";

function Cells({ heat }: { heat: Heat }) {
  const { view } = useReading();
  const hidden = useHidden();
  const [chosen, setChosen] = useState<number | null>(null);
  const cells = useMemo(() => cellsOf(heat), [heat]);
  const top = useMemo(() => topShare(cells), [cells]);
  const y = useMemo(() => layerAxis(heat.layers), [heat.layers]);
  const layer = chosen ?? 0;
  const series = useMemo(() => [meanOf(heat)], [heat]);
  const details = useMemo(() => [layerOf(heat, layer), meanOf(heat)], [heat, layer]);
  return (
    <Frame
      {...COMMON}
      unit={<HeatKey top={`${percentOf(100 * top)} of tokens, hottest neurons left`} />}
      y={y}
      yText={layerText}
      series={series}
      details={details}
      marks={chosen === null ? [] : [layerMark(chosen)]}
      hidden={hidden}
      empty={null}
      summary={summaryOf(heat)}
      table={() => tableOf(heat, view)}
      rows={{ count: heat.layers, at: layer, choose: setChosen }}
      backdrop={({ width, height, x }) =>
        hidden.has("layers") ? null : (
          <HeatMap {...{ places: cells, top, width, height }} x={(bin) => x(bin * binWidth(heat))} />
        )
      }
    />
  );
}

/** Of all layers at a place; of all their neurons where there is no cursor. */
function meanOf(heat: Heat): Series {
  const read = (x: number | null) => {
    const [from, to] = x === null ? [0, heat.bins] : [binAt(heat, x), binAt(heat, x) + 1];
    return percent(meanShare(heat, from, to));
  };
  return { ...COLOUR, id: "layers", label: "fires for, mean of all layers", read };
}

function layerOf(heat: Heat, layer: number): Series {
  const read = (x: number | null) => {
    const bin = binAt(heat, x ?? 0);
    return percent(shareOf(heat, layer, bin, bin + 1));
  };
  return { ...COLOUR, id: "layer", label: `fires for, layer ${layer}`, isFigure: true, read };
}

function summaryOf(heat: Heat): string {
  const tenth = Math.max(1, Math.round(heat.bins / 10));
  const [hottest, coldest] = [meanShare(heat, 0, tenth), meanShare(heat, heat.bins - tenth, heat.bins)];
  return `Over ${count(heat.tokens)} tokens, the hottest tenth of a layer's ${count(heat.neurons)} neurons fires for ${percent(hottest)}, the coldest for ${percent(coldest)}`;
}
