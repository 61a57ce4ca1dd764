import { useState } from "react";
import { visibleText } from "../visible-text.ts";
import styles from "./foreign-text.module.css";

/** As much more as is shown with each press. */
const stepFactor = 10;

/** Text of others, as text: control characters shown, cut at `most` characters with a way to see more. */
export function ForeignText({ text, most = 2_000 }: { text: string; most?: number }) {
  const [shown, setShown] = useState(most);
  return (
    <span className={`foreign ${styles.text}`}>
      {visibleText(text.slice(0, shown))}
      {text.length > shown && (
        <button type="button" className={styles.more} onClick={() => setShown(shown * stepFactor)}>
          … {(text.length - shown).toLocaleString("en")} more characters
        </button>
      )}
    </span>
  );
}
