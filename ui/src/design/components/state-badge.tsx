import { type Tone, toneOf } from "../tone.ts";
import styles from "./state-badge.module.css";

/** A state in words and colour; the colour alone never carries it. */
export function StateBadge({ state, tone = toneOf(state), title }: { state: string; tone?: Tone; title?: string }) {
  return (
    <span className={`${styles.badge} ${styles[tone]}`} title={title}>
      <span className={styles.dot} aria-hidden />
      {state.replaceAll("_", " ")}
    </span>
  );
}
