import { useEffect, useMemo, useSyncExternalStore } from "react";
import { type PagesState, type ReadPage, RecordPages, type Start } from "./record-pages.ts";

/** Pages from a start on; another start begins anew. `round` begins anew too. */
export function useRecordPages(read: ReadPage, start: Start, round = 0): PagesState & { pages: RecordPages } {
  const text = JSON.stringify(start);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round reads what has come since
  const pages = useMemo(() => new RecordPages(read, JSON.parse(text) as Start), [read, text, round]);
  useEffect(() => {
    void pages.more();
    return pages.stop;
  }, [pages]);
  return { ...useSyncExternalStore(pages.subscribe, pages.state), pages };
}
