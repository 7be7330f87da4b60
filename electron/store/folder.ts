import { join } from "node:path";
import { phononHome } from "../base/home.js";

/** Where run bundles lie. */
export const runsFolder = (): string => join(phononHome(), "runs");
