import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { dagGridQuery } from "./dag-queries.ts";
import styles from "./grid-tab.module.css";
import { RunsGrid } from "./runs-grid.tsx";

const route = getRouteApi("/shell/dags/$dag");

/** Runs from left to right, tasks from top to bottom. */
export function GridTab({ dag }: { dag: string }) {
  const { before } = route.useSearch();
  const query = useQuery(dagGridQuery(dag, before));
  return (
    <Loaded query={query}>
      {(page) => (
        <>
          {page.runs.length === 0 ? <Empty title={before === undefined ? "It has not run yet" : "There are no older runs"}>{before === undefined && "Press “Run now”, or wait for its schedule."}</Empty> : <RunsGrid page={page} />}
          <nav className={styles.pages} aria-label="Runs by time">
            {page.next !== null && page.runs.length > 0 && (
              <Link to="." search={(now) => ({ ...now, before: page.next ?? undefined })}>
                ← Older runs
              </Link>
            )}
            {before !== undefined && (
              <Link to="." search={(now) => ({ ...now, before: undefined })}>
                Newest runs →
              </Link>
            )}
          </nav>
        </>
      )}
    </Loaded>
  );
}
