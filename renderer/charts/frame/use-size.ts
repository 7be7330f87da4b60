/** The size of an element, in whole pixels; null before it is known. */
import { useLayoutEffect, useState, type RefObject } from "react";
import type { Box } from "./layout.js";

export function useSize(element: RefObject<HTMLElement | null>): Box | null {
  const [size, setSize] = useState<Box | null>(null);
  useLayoutEffect(() => {
    const { current } = element;
    if (current === null) return;
    const measure = () => {
      const [width, height] = [Math.floor(current.clientWidth), Math.floor(current.clientHeight)];
      setSize((before) => (before?.width === width && before.height === height ? before : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(current);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
