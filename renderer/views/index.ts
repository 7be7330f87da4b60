/** Every view, in the order of the navigation. */
import { historyView } from "./history/index.js";
import { runView } from "./run/index.js";
import type { View } from "./view.js";

export const VIEWS: readonly View[] = [runView, historyView];
