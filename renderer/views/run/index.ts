import type { View } from "../view.js";
import { RunPage } from "./RunPage.js";

export const runView: View = { name: "run", label: "Run", icon: "M8 5l11 7-11 7z", component: RunPage };
