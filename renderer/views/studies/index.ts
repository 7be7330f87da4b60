import type { View } from "../view.js";
import { StudiesPage } from "./StudiesPage.js";

export const studiesView: View = {
  name: "studies",
  label: "Studies",
  icon: "M4 20V4M4 20h16M8 20v-5M12 20v-9M16 20V6",
  component: StudiesPage,
};
