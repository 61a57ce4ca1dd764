import styles from "./graph.module.css";
import { KindIcon } from "./kind-icon.tsx";
import type { Part, Picture } from "./scope.ts";

const words: Record<Part["kind"], string> = { source: "source", topic: "topic", stage: "stage", sink: "sink", table: "table", view: "view", external: "outside", dag: "DAG", task: "task", database: "database", topics: "topics" };

/** What the signs of a picture mean: those that are in it. */
export function GraphLegend({ parts, edges }: Picture) {
  const kinds = (Object.keys(words) as Part["kind"][]).filter((kind) => parts.some((part) => part.kind === kind));
  return (
    <ul className={styles.legend} aria-label="Signs">
      {kinds.map((kind) => (
        <li key={kind}>
          <KindIcon kind={kind} /> {words[kind]}
        </li>
      ))}
      {edges.some(({ kind }) => kind === "order") && (
        <li>
          <span className={styles.broken} aria-hidden /> waits for
        </li>
      )}
    </ul>
  );
}
