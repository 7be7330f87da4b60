import type { View } from "../view.js";
import { TargetsPage } from "./TargetsPage.js";

export const targetsView: View = {
  name: "targets",
  label: "Targets",
  icon: "M7 3h10v18H7zM11 18h2",
  component: TargetsPage,
};
