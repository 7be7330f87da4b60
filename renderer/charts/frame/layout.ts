/**
 * Where the plot of a chart is. The same margins in every chart, so that one cursor runs through all of them; on the
 * right there is room for half of a label ("100 %").
 */
export const MARGIN = { left: 60, right: 22, top: 8, bottom: 22 } as const;

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
