import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { utcText } from "../../design/format.ts";
import styles from "./attempt-log.module.css";
import type { LogLine } from "./log-lines.ts";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" });
const linePx = 20;
/** So near to the end, one looks at the end. */
const endPx = 40;

/** Lines of a log, of which those in sight are there. At its end it stays there while lines are added. */
export function LogList({ lines, follows }: { lines: readonly LogLine[]; follows: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const atEnd = useRef(follows);
  const rows = useVirtualizer({ count: lines.length, getScrollElement: () => frame.current, estimateSize: () => linePx, overscan: 10 });
  useEffect(() => {
    if (follows && atEnd.current && lines.length > 0) rows.scrollToIndex(lines.length - 1);
  }, [follows, lines.length, rows]);
  const onScroll = (): void => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = frame.current ?? {};
    atEnd.current = scrollHeight - scrollTop - clientHeight < endPx;
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <div ref={frame} className={styles.lines} role="log" aria-label="Log" aria-live="off" tabIndex={0} onScroll={onScroll}>
      <div className={styles.whole} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, start }) => (
          <div key={lines[index].at} ref={rows.measureElement} data-index={index} className={styles.line} data-level={lines[index].level} style={{ transform: `translateY(${start}px)` }}>
            <span className={styles.time} title={titleOf(lines[index].time)}>{lines[index].time === null ? "" : clock.format(lines[index].time)}</span>
            <span className={styles.level}>{lines[index].level}</span>
            <span><ForeignText text={lines[index].text} charsMax={1_000} /></span>
          </div>
        ))}
      </div>
    </div>
  );
}

const titleOf = (time: number | null): string | undefined => (time === null ? undefined : utcText(time));
