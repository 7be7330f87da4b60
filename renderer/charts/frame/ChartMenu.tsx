/** What can be done with one chart: it is copied as an image, or as the numbers behind it. */
import { useState, type RefObject } from "react";
import { Menu } from "../../components/Menu.js";
import { copyImage, copyText, type Copied } from "../copy/clipboard.js";
import { imageOf } from "../copy/image.js";
import { tsvOf } from "../copy/tsv.js";
import type { DataTable } from "../marks/mark.js";

interface ChartMenuProps {
  title: string;
  figure: RefObject<HTMLElement | null>;
  table: () => DataTable;
  isDisabled: boolean;
}

const ACTIONS = [
  { id: "image", label: "Copy as image" },
  { id: "data", label: "Copy as data", detail: "What is in view, tab-separated" },
];

const SAID: Record<Copied, string> = { copied: "Copied", saved: "Saved as a file", refused: "Copying was refused" };

export function ChartMenu({ title, figure, table, isDisabled }: ChartMenuProps) {
  const [said, setSaid] = useState("");
  async function act(id: string): Promise<void> {
    const { current } = figure;
    if (current === null) return;
    const outcome =
      id === "image" ? await copyImage(() => imageOf(current, title), title) : await copyText(tsvOf(table()));
    setSaid(SAID[outcome]);
    setTimeout(() => setSaid(""), SAID_MS);
  }
  return (
    <>
      <span className="chart-said" role="status">
        {said}
      </span>
      <Menu
        label={`${title}: copy`}
        variant="quiet"
        actions={ACTIONS}
        isDisabled={isDisabled}
        onAction={(id) => void act(id)}
      >
        ⋯
      </Menu>
    </>
  );
}

const SAID_MS = 2500;
