import { useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { type PagesState, type ReadPage, RecordPages, type Start } from "./record-pages.ts";

/** Pages from a start on; another start begins anew. In another `round` the same is read anew. */
export function useRecordPages(read: ReadPage, start: Start, round: number | string = 0): PagesState & { pages: RecordPages } {
  const text = JSON.stringify(start);
  const pages = useMemo(() => new RecordPages(read, JSON.parse(text) as Start), [read, text]);
  useEffect(() => {
    void pages.more();
    return pages.stop;
  }, [pages]);
  const last = useRef(round);
  useEffect(() => {
    if (last.current === round) return;
    last.current = round;
    void pages.anew();
  }, [pages, round]);
  return { ...useSyncExternalStore(pages.subscribe, pages.state), pages };
}
