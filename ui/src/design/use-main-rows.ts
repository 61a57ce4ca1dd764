import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useLayoutEffect, useState } from "react";

/** Rows of one height, of which only those in sight are there; they scroll with the page. */
export function useMainRows(list: RefObject<HTMLElement | null>, count: number, rowPx: number) {
  const [top, setTop] = useState(0);
  // What stands above the list may come and go with any picture.
  useLayoutEffect(() => {
    const main = document.getElementById("main");
    if (list.current && main) setTop(Math.round(list.current.getBoundingClientRect().top - main.getBoundingClientRect().top + main.scrollTop));
  });
  return useVirtualizer({ count, getScrollElement: () => document.getElementById("main"), estimateSize: () => rowPx, scrollMargin: top, overscan: 8 });
}
