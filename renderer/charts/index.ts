/** Charts of runs, for the views. */
export { RunCharts, type RunChartsProps } from "./RunCharts.js";
