import type { View } from "../view.js";
import { HistoryPage } from "./HistoryPage.js";

export const historyView: View = {
  name: "history",
  label: "History",
  icon: "M4 12a8 8 0 108-8 8 8 0 00-6.5 3.5M4 4v4h4M12 8v4l3 2",
  component: HistoryPage,
};
