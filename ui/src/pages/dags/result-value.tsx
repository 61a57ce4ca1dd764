import { ForeignText } from "../../design/components/foreign-text.tsx";
import { bytesText } from "../../design/format.ts";
import codeStyles from "./code.module.css";
import styles from "./task-pane.module.css";

/** A result as JSON, or where it is too large for that, its size. `small`: in the line of other words. */
export function ResultValue({ value, small = false }: { value: unknown; small?: boolean }) {
  const stored = storedOf(value);
  if (stored) return <p>{bytesText(stored.bytes)}, kept for the tasks that come after{stored.file === null ? "" : " in a file"}; too large to be shown here.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <pre className={`${codeStyles.code} ${small ? styles.given : styles.result}`} tabIndex={0}>
      <ForeignText text={JSON.stringify(value, null, 2) ?? ""} />
    </pre>
  );
}

/** A result that is larger than what is shown comes as its size. */
function storedOf(result: unknown): { file: string | null; bytes: number } | undefined {
  if (typeof result !== "object" || result === null) return undefined;
  const { file, bytes } = result as { file?: unknown; bytes?: unknown };
  return typeof bytes === "number" && (file === null || typeof file === "string") && Object.keys(result).length === 2 ? { file, bytes } : undefined;
}
