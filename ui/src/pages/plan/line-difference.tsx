import type { LineChange } from "../../../../src/model/line-changes.ts";
import { counted } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./line-difference.module.css";

const kinds = { same: { sign: " ", word: "" }, gone: { sign: "−", word: "gone: " }, new: { sign: "+", word: "new: " } };

const numbered = (lines: LineChange[]): { line: LineChange; at: number }[] => lines.map((line, at) => ({ line, at }));

/** Two texts, line by line: what is gone, what is new, and what stands around it. */
export function LineDifference({ label, lines }: { label: string; lines: LineChange[] }) {
  return (
    <ol className={styles.lines} aria-label={`What differs in ${visibleLine(label)}`}>
      {numbered(lines).map(({ line, at }) =>
        line.kind === "left-out" ? (
          <li key={at} className={styles.out}>
            … {counted(line.lines, "line")}
          </li>
        ) : (
          <li key={at} className={styles[line.kind]}>
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
