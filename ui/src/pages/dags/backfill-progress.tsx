import { toneOf } from "../../design/tone.ts";
import styles from "./backfill-progress.module.css";
import { byUrgency, statesText, totalOf, type StateCounts } from "./task-summary.ts";

/** How far a backfill has come: its runs by state, and intervals that it has yet to look at. */
export function BackfillProgress({ backfill: { intervals, reached, runs } }: { backfill: { intervals: number; reached: number; runs: StateCounts } }) {
  const words = `${reached.toLocaleString("en")} of ${intervals.toLocaleString("en")} intervals reached${totalOf(runs) > 0 ? `; runs: ${statesText(runs)}` : ""}`;
  const skipped = Math.max(0, reached - totalOf(runs));
  const share = (count: number): string => `${(count / Math.max(1, intervals)) * 100}%`;
  return (
    <div>
      <div className={styles.bar} role="img" aria-label={words}>
        {byUrgency(runs).reverse().map(([state, count]) => (
          <span key={state} className={styles[toneOf(state)]} style={{ width: share(count) }} />
        ))}
        <span className={styles.wait} style={{ width: share(skipped) }} />
      </div>
      <small className="quiet">{words}</small>
    </div>
  );
}
