import type { View } from "../view.js";
import { ModelsPage } from "./ModelsPage.js";

export const modelsView: View = {
  name: "models",
  label: "Models",
  icon: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9",
  component: ModelsPage,
};
