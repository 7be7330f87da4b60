/** Charts of runs, for the views. */
export { CompareCharts, type ComparedRun } from "./CompareCharts.js";
export { valueAxis } from "./data/scale.js";
export { partColour } from "./marks/part-colours.js";
export { RunCharts, type RunChartsProps } from "./RunCharts.js";
export { ProfileChart } from "./profile/ProfileChart.js";
export { LadderChart } from "./studies/LadderChart.js";
export { SweepCharts } from "./studies/SweepCharts.js";
