/** A view begins at its top, whatever the one before it was scrolled to: it, or in a narrow window the whole page. */
import { useEffect, useLayoutEffect, useRef, type RefObject } from "react";

/** `view`: another value for another view. Before effects, in which a view may bring something else into sight. */
export function useTop(scroller: RefObject<HTMLElement | null>, view: string): void {
  const isScrolled = useRef(false); // to ask the page would lay it out once more for every view
  useEffect(() => {
    const onScroll = ({ target }: Event) => {
      if (target === scroller.current || target === document) isScrolled.current = true;
    };
    document.addEventListener("scroll", onScroll, { capture: true, passive: true });
    return () => document.removeEventListener("scroll", onScroll, { capture: true });
  }, [scroller]);
  useLayoutEffect(() => {
    if (!isScrolled.current) return;
    scroller.current?.scrollTo(0, 0);
    window.scrollTo(0, 0);
    isScrolled.current = false;
  }, [scroller, view]);
}
