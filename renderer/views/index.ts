/** Every view, in the order of the navigation. */
import { compareView } from "./compare/index.js";
import { historyView } from "./history/index.js";
import { modelsView } from "./models/index.js";
import { runView } from "./run/index.js";
import { studiesView } from "./studies/index.js";
import { targetsView } from "./targets/index.js";
import type { View } from "./view.js";

export const VIEWS: readonly View[] = [targetsView, modelsView, runView, compareView, studiesView, historyView];
