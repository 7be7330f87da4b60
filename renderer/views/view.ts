/** What a view tells the frame of itself. */
import type { ComponentType } from "react";

export interface View {
  name: string; // as in its address: #/name
  label: string;
  icon: string; // an SVG path on a grid of 24, drawn as a line
  /** `argument`: what follows the view's name in the address, as RUN in #/history/RUN. */
  component: ComponentType<{ argument: string | null }>;
}
