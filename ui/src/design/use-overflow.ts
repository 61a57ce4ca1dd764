import { type RefObject, useEffect, useState } from "react";

/** Whether what is in an element is wider than it, so that it scrolls and must be reached by keys. */
export function useOverflow(box: RefObject<HTMLElement | null>): boolean {
  const [isOverflowing, set] = useState(false);
  useEffect(() => {
    const at = box.current;
    if (at === null) return;
    const look = (): void => set(at.scrollWidth > at.clientWidth);
    const sizes = new ResizeObserver(look);
    sizes.observe(at);
    // What is in it comes later than itself, and may become wider alone.
    const parts = new MutationObserver(look);
    parts.observe(at, { childList: true, subtree: true });
    look();
    return () => {
      sizes.disconnect();
      parts.disconnect();
    };
  }, [box]);
  return isOverflowing;
}
