import { memo, useRef } from "react";
import { QuickLink } from "../../design/components/quick-link.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { StateSquare } from "../../design/components/state-square.tsx";
import { instantText, utcText } from "../../design/format.ts";
import { useMainRows } from "../../design/use-main-rows.ts";
import styles from "./dag-list.module.css";
import { type DagStatus, useRecentRuns } from "./use-all-dags.ts";

const rowPx = 52;

/** Any number of DAGs, of which only those in sight are there. */
export function DagList({ dags }: { dags: DagStatus[] }) {
  const list = useRef<HTMLDivElement>(null);
  const rows = useMainRows(list, dags.length, rowPx);
  const shown = rows.getVirtualItems();
  const recent = useRecentRuns(dags.map(({ name }) => name), shown[0]?.index ?? 0, shown.at(-1)?.index ?? 0);
  return (
    <div className={styles.table} role="table" aria-label="DAGs" aria-rowcount={dags.length + 1}>
      <div role="rowgroup">
        <div className={`${styles.row} ${styles.head}`} role="row" aria-rowindex={1}>
          {["DAG", "State", "Last runs", "Schedule", "Next run"].map((title) => (
            <span key={title} role="columnheader">
              {title}
            </span>
          ))}
        </div>
      </div>
      <div ref={list} role="rowgroup" className={styles.body} style={{ height: rows.getTotalSize() }}>
        {shown.map(({ index, start }) => (
          <div key={dags[index].name} className={styles.row} role="row" aria-rowindex={index + 2} style={{ transform: `translateY(${start - rows.options.scrollMargin}px)` }}>
            <DagCells dag={dags[index]} recent={recent.get(dags[index].name)} />
          </div>
        ))}
      </div>
    </div>
  );
}

const DagCells = memo(function DagCells({ dag, recent }: { dag: DagStatus; recent: DagStatus["recent"] | undefined }) {
  const { name, description, tags, schedule, nextRunAt, activeRuns, queuedRuns } = dag;
  return (
    <>
      <span role="cell" className={styles.name}>
        <QuickLink href={`/dags/${encodeURIComponent(name)}`} go={(navigate) => navigate({ to: "/dags/$dag", params: { dag: name } })} className={`${styles.link} foreign`}>
          {name}
        </QuickLink>
        <small className="quiet foreign">
          <span className={styles.short}>{schedule}  </span>
          {[...tags.map((tag) => `#${tag}`), description].filter(Boolean).join("  ")}
        </small>
      </span>
      <span role="cell" className={styles.state}>
        <DagState dag={dag} />
        {activeRuns + queuedRuns > 0 && <small className="quiet">{[activeRuns > 0 && `${activeRuns} active`, queuedRuns > 0 && `${queuedRuns} queued`].filter(Boolean).join(", ")}</small>}
      </span>
      <span role="cell">
        <RecentRuns recent={recent} />
      </span>
      <span role="cell" className={`${styles.schedule} foreign`}>
        {schedule}
      </span>
      <span role="cell" className={styles.next}>
        <Moment at={nextRunAt} />
      </span>
    </>
  );
});

export function DagState({ dag: { paused, note, problem, lastRun } }: { dag: DagStatus }) {
  if (problem) return <StateBadge state="problem" tone="bad" title={problem.what} />;
  if (paused) return <StateBadge state="paused" title={note ?? undefined} />;
  return lastRun ? <StateBadge state={lastRun.state} /> : <StateBadge state="no runs" tone="wait" />;
}

/** The newest on the right, as time runs. */
export function RecentRuns({ recent }: { recent: DagStatus["recent"] | undefined }) {
  return (
    <span className={styles.runs}>
      {[...(recent ?? [])].reverse().map(({ id, state, interval }) => (
        <QuickLink key={id} href={`/runs/${encodeURIComponent(id)}`} go={(navigate) => navigate({ to: "/runs/$run", params: { run: id } })} title={`${instantText(interval.start)}: ${state}\n${utcText(interval.start)}`} aria-label={`Run of ${instantText(interval.start)}: ${state}`}>
          <StateSquare state={state} />
        </QuickLink>
      ))}
    </span>
  );
}
