import type { View } from "../view.js";
import { ComparePage } from "./ComparePage.js";

export const compareView: View = {
  name: "compare",
  label: "Compare",
  icon: "M12 4v16M5 8h14M5 8l-3 7h6zM19 8l-3 7h6z",
  component: ComparePage,
};
