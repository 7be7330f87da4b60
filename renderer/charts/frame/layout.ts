/** Where the plot of a chart is. The same margins in every chart, so that one cursor runs through all of them. */
export const MARGIN = { left: 60, right: 14, top: 8, bottom: 22 } as const;

export interface Box {
  width: number;
  height: number;
}

export function plotOf({ width, height }: Box): Box {
  return {
    width: Math.max(1, width - MARGIN.left - MARGIN.right),
    height: Math.max(1, height - MARGIN.top - MARGIN.bottom),
  };
}
