import { useLocation } from "@tanstack/react-router";
import { type KeyboardEvent, memo, type ReactNode, useEffect, useRef, useSyncExternalStore } from "react";
import { Moment } from "../../design/components/moment.tsx";
import { QuickLink } from "../../design/components/quick-link.tsx";
import { useMainRows } from "../../design/use-main-rows.ts";
import { visibleText } from "../../design/visible-text.ts";
import { oneLine } from "./one-line.ts";
import type { RecordView } from "./record-pages.ts";
import styles from "./record-list.module.css";

const narrow = matchMedia("(max-width: 720px)");
const useNarrow = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      narrow.addEventListener("change", listener);
      return () => narrow.removeEventListener("change", listener);
    },
    () => narrow.matches,
  );

/** Name of a record in the address. */
const placeText = ({ partition, offset }: Pick<RecordView, "partition" | "offset">): string => `${partition}:${offset}`;

/** Records, of which only those in sight are there. Each is a link to itself; the arrow keys move between them. */
export function RecordList({ records, onEnd, detail }: { records: readonly RecordView[]; onEnd?(): void; detail?(record: RecordView): ReactNode }) {
  const list = useRef<HTMLDivElement>(null);
  /** The row that gets the focus with the next frame. */
  const coming = useRef<number | undefined>(undefined);
  const rowPx = useNarrow() ? 52 : 30;
  const rows = useMainRows(list, records.length, rowPx);
  const seen = rows.getVirtualItems();
  const last = seen.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= records.length - 20) onEnd?.();
  }, [last, records.length, onEnd]);
  const { pathname, searchStr } = useLocation();
  const onKey = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    // A key may come before the row of the one before has the focus.
    const at = coming.current ?? Number((event.target as HTMLElement).dataset.index);
    if (step === undefined || Number.isNaN(at)) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(records.length - 1, at + step));
    coming.current = next;
    rows.scrollToIndex(next);
    requestAnimationFrame(() => {
      if (coming.current !== next) return;
      coming.current = undefined;
      list.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus();
    });
  };
  return (
    <>
      <div className={styles.head} aria-hidden>
        <span>Partition : offset</span>
        <span>Event time</span>
        <span>Key</span>
        <span>{detail ? "What went wrong" : "Value"}</span>
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys move between the links in it */}
      <div ref={list} className={styles.list} style={{ height: rows.getTotalSize() }} onKeyDown={onKey}>
        {seen.map(({ index, start }) => (
          <Row key={placeText(records[index])} index={index} top={start - rows.options.scrollMargin} record={records[index]} address={pathname} search={searchStr} detail={detail} />
        ))}
      </div>
    </>
  );
}

interface RowProps {
  index: number;
  top: number;
  record: RecordView;
  /** Of the page, to which the record is added. */
  address: string;
  search: string;
  detail?(record: RecordView): ReactNode;
}

const Row = memo(function Row({ index, top, record, address, search, detail }: RowProps) {
  const { eventTime, key, value } = record;
  const place = placeText(record);
  const params = new URLSearchParams(search);
  params.set("record", place);
  return (
    <QuickLink href={`${address}?${params}`} go={(navigate) => navigate({ to: ".", search: ((now: object) => ({ ...now, record: place })) as never, resetScroll: false })} className={styles.row} style={{ transform: `translateY(${top}px)` }} data-index={index}>
      <span className={styles.place}>{place}</span>
      <Moment at={eventTime} />
      <span className={`${styles.key} foreign`}>{key === null ? "–" : visibleText(key.slice(0, 200))}</span>
      <span className={`${styles.value} foreign`}>{detail?.(record) ?? visibleText(oneLine(value))}</span>
    </QuickLink>
  );
});
