/** How often neurons fire, alone and in batches: Figure 2 of PowerInfer-2, of a pack's own profile. */
import { useMemo } from "react";
import type { PackProfile } from "../../../electron/ipc/contract.js";
import { Frame } from "../frame/Frame.js";
import { useHidden } from "../frame/use-hidden.js";
import type { DataTable, Look, Mark, Series } from "../marks/mark.js";
import { OwnAxis } from "../OwnAxis.js";
import { useReading } from "../reading.js";
import { Slot } from "../Slot.js";
import { TurnsContext, useNewTurns } from "../turns.js";

const LOOKS: readonly { look: Look; colour: string }[] = [
  { look: "thick", colour: "var(--series-1)" },
  { look: "dash", colour: "var(--series-2)" },
  { look: "line", colour: "var(--series-3)" },
  { look: "dots", colour: "var(--series-4)" },
  { look: "dash", colour: "var(--ink-2)" },
  { look: "thick", colour: "var(--ink)" },
];

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const tick = (value: number) => `${value} %`;
const heading = (x: number) => `Firing for at most ${Math.round(x)} %`;
const Y = { from: 0, to: 100, ticks: [0, 25, 50, 75, 100] };

export function ProfileChart({ profile }: { profile: PackProfile }) {
  const { turns } = useNewTurns();
  return (
    <TurnsContext value={turns}>
      <div className="charts profile-chart">
        <OwnAxis mode="percent" to={100} heading={heading}>
          <InSlot profile={profile} />
        </OwnAxis>
      </div>
    </TurnsContext>
  );
}

function InSlot({ profile }: { profile: PackProfile }) {
  return (
    <Slot shown={profile} reading={useReading()} wide>
      {(shown) => <Curves profile={shown} />}
    </Slot>
  );
}

function Curves({ profile }: { profile: PackProfile }) {
  const hidden = useHidden();
  const { batches, layers, neurons, tokens } = profile;
  const series = useMemo(() => batches.map(seriesOf), [batches]);
  const seldom = batches.map(({ batch, up_to }) => `batch ${batch}: ${percent(1 - (up_to[50] ?? 0))}`);
  return (
    <Frame
      id="profile"
      title="Neurons by how often they fire"
      unit={`share of ${(layers * neurons).toLocaleString("en-US")} neurons over activation frequency`}
      along="by activation frequency"
      y={Y}
      yText={tick}
      series={series}
      marks={batches.map(markOf)}
      hidden={hidden}
      empty={null}
      summary={`Of ${tokens} tokens. Neurons that fire for more than half of them, or of the batches: ${seldom.join(", ")}`}
      table={() => tableOf(profile)}
    />
  );
}

type Batch = PackProfile["batches"][number];

const lookOf = (at: number) => LOOKS[at % LOOKS.length] ?? { look: "line", colour: "var(--ink)" };

function seriesOf({ batch, up_to }: Batch, at: number): Series {
  const share = (x: number | null) => up_to[Math.round(x ?? 0)] ?? NaN;
  return { ...lookOf(at), id: `batch-${batch}`, label: `batch ${batch}`, read: (x) => percent(share(x)) };
}

function markOf({ batch, up_to }: Batch, at: number): Mark {
  const path: Mark["path"] = ({ x, y }) =>
    up_to.map((share, step) => `${step === 0 ? "M" : "L"}${x(step).toFixed(1)} ${y(100 * share).toFixed(1)}`).join("");
  return { ...lookOf(at), series: `batch-${batch}`, path };
}

function tableOf({ batches }: PackProfile): DataTable {
  const rows = Array.from({ length: 101 }, (_, step) => [step, ...batches.map(({ up_to }) => up_to[step] ?? null)]);
  return { columns: ["frequency_percent", ...batches.map(({ batch }) => `share_batch_${batch}`)], rows };
}
