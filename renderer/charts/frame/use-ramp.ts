/** The colours of a heat map in the theme that is shown, from its style sheet. */
import { useEffect, useState, type RefObject } from "react";

const STOPS = ["--heat-low", "--heat-mid", "--heat-high"];
const COLOURS = 256;

/** 256 pixels from the first stop to the last one; null before they are known. */
export function useRamp(element: RefObject<HTMLElement | null>): Uint32Array | null {
  const [ramp, setRamp] = useState<Uint32Array | null>(null);
  useEffect(() => {
    const read = () => {
      if (element.current !== null) setRamp(rampOf(getComputedStyle(element.current)));
    };
    read();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", read);
    const chosen = new MutationObserver(read);
    chosen.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    return () => {
      dark.removeEventListener("change", read);
      chosen.disconnect();
    };
  }, [element]);
  return ramp;
}

function rampOf(style: CSSStyleDeclaration): Uint32Array | null {
  const context = new OffscreenCanvas(COLOURS, 1).getContext("2d");
  if (context === null) return null;
  const gradient = context.createLinearGradient(0, 0, COLOURS, 0);
  STOPS.forEach((name, at) => gradient.addColorStop(at / (STOPS.length - 1), style.getPropertyValue(name)));
  context.fillStyle = gradient;
  context.fillRect(0, 0, COLOURS, 1);
  return new Uint32Array(context.getImageData(0, 0, COLOURS, 1).data.buffer);
}
