import { Link } from "@tanstack/react-router";
import styles from "./query-result.module.css";
import { useQueryView } from "./use-query-view.ts";

/** The statements that were sent together. */
export function RunTabs({ run, shown }: { run: string[]; shown: string | undefined }) {
  if (run.length < 2) return null;
  return (
    <nav className={styles.runs} aria-label="Statements that were run">
      {run.map((query, i) => (
        <RunTab key={query} query={query} number={i + 1} isShown={query === shown} />
      ))}
    </nav>
  );
}

function RunTab({ query, number, isShown }: { query: string; number: number; isShown: boolean }) {
  const { data } = useQueryView(query);
  return (
    <Link from="/sql" to="/sql" search={(before) => ({ ...before, query, order: undefined })} replace className={styles.run} aria-current={isShown ? "true" : undefined} title={data?.sql.slice(0, 300)}>
      {number}. {data?.sql.slice(0, 24) ?? "…"} {data?.state === "failed" && <strong>failed</strong>}
    </Link>
  );
}
