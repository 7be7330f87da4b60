/** Where the built parts of the UI are. */
import { join } from "node:path";
import { projectRoot } from "../agent/builds.js";

export const rendererFolder = (): string => join(projectRoot, "build", "renderer");
export const preloadFile = (): string => join(projectRoot, "build", "js", "electron", "preload.cjs");
