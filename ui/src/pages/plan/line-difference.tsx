import type { LineChange } from "../../../../src/model/line-changes.ts";
import { countText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./line-difference.module.css";

const kinds = { same: { sign: " ", word: "" }, gone: { sign: "−", word: "gone: " }, new: { sign: "+", word: "new: " } };

/** Two texts, line by line: what is gone, what is new, and what stands around it. */
export function LineDifference({ label, lines }: { label: string; lines: LineChange[] }) {
  return (
    <ol className={styles.lines} aria-label={`What differs in ${visibleLine(label)}`}>
      {lines.map((line, i) =>
        line.kind === "left-out" ? (
          <li key={`left out ${i}`} className={styles.out}>
            … {countText(line.lines)} {line.lines === 1 ? "line" : "lines"}
          </li>
        ) : (
          <li key={`${i} ${line.kind}`} className={styles[line.kind]}>
            <span className={styles.sign} aria-hidden="true">
              {kinds[line.kind].sign}
            </span>
            <span className="visually-hidden">{kinds[line.kind].word}</span>
            <code className={`${styles.text} foreign`}>{visibleLine(line.text)}</code>
          </li>
        ),
      )}
    </ol>
  );
}
