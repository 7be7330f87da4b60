/** What the tables of ladders and curves have in common. */
import type { ReactNode } from "react";
import { Menu } from "../../components/Menu.js";
import { NONE, bytes, digits, percent, text } from "../../state/format.js";
import { goTo } from "../../state/route.js";
import type { Figures } from "../../state/study-figures.js";

export function Head({ children, unit, number = true }: { children: ReactNode; unit?: string; number?: boolean }) {
  return (
    <th scope="col" className={number ? "column number" : "column"}>
      {children} {unit !== undefined && <small>{unit}</small>}
    </th>
  );
}

export const STREAM_HEADS = (
  <>
    <Head>Hits</Head>
    <Head>Misses</Head>
    <Head>Read</Head>
    <Head>Waiting</Head>
  </>
);

const figure = (value: number | null | undefined): string => (value == null ? NONE : digits(value));

/** The median, and how far the rounds lie apart. */
export function DecodeCell({ decode_tps: tps }: Figures) {
  return (
    <td className="cell number">
      <span className="main-figure">{figure(tps?.median)}</span>
      <small className="below">{tps !== null && `${digits(tps.min)} – ${digits(tps.max)}`}</small>
    </td>
  );
}

export function StreamCells({ hit_rate, per_token, stall_share }: Figures) {
  return (
    <>
      <td className="cell number">{text(percent(hit_rate))}</td>
      <td className="cell number">{figure(per_token?.misses)}</td>
      <td className="cell number">{text(bytes(per_token?.read_bytes ?? null))}</td>
      <td className="cell number">{text(percent(stall_share))}</td>
    </>
  );
}

/** Where its runs are: each opens in the history. */
export function RunsCell({ name, run_ids: runs }: Figures) {
  const number = runs.length === 1 ? "1 run" : `${runs.length} runs`;
  return (
    <td className="cell runs-cell">
      <Menu
        variant="quiet"
        label={`${number} of ${name}`}
        isDisabled={runs.length === 0}
        actions={runs.map((id, round) => ({ id, label: `Round ${round + 1}`, detail: id }))}
        onAction={(id) => goTo("history", id)}
      >
        {number}
      </Menu>
    </td>
  );
}

/** Why a contender was left out, below its figures. */
export function FailureRow({ failure, run_ids: runs }: Figures, columns: number) {
  if (failure === null) return null;
  const when = runs.length === 0 ? "" : ` after ${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
  return (
    <tr className="row">
      <td className="cell failure-cell" colSpan={columns}>
        Left out{when}: {failure.message}
      </td>
    </tr>
  );
}
