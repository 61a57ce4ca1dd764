import { type Tone, toneOf } from "../tone.ts";
import styles from "./state-square.module.css";

/** A state as one small square among many; its words are those of what it stands in. */
export function StateSquare({ state, tone = toneOf(state), text }: { state: string; tone?: Tone; text?: string }) {
  return (
    <span className={`${styles.square} ${styles[tone]}`} data-state={state} aria-hidden>
      {text ?? marks[state]}
    </span>
  );
}

/* The colour alone carries no state. */
const marks: Record<string, string> = { failed: "×", upstream_failed: "↑", up_for_retry: "↻", skipped: "–", cancelled: "–", removed: "–", running: "▸", deferred: "…" };
