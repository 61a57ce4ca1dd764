import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Choice } from "../../design/components/field.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { instantText, utcText } from "../../design/format.ts";
import { newestRunsQuery, runGridQuery } from "./dag-queries.ts";
import styles from "./newest-run.module.css";
import type { RunGrid } from "./task-summary.ts";

const route = getRouteApi("/shell/dags/$dag");

/** What a part of a DAG's page shows of one run: the newest, or another that is chosen. `without`: what stands there before the first. */
export function NewestRun({ dag, without, children }: { dag: string; without?: ReactNode; children(run: RunGrid): ReactNode }) {
  const { run } = route.useSearch();
  const query = useQuery(newestRunsQuery(dag));
  return (
    <Loaded query={query}>
      {({ runs }) => {
        const id = run ?? runs[0]?.id;
        if (id === undefined) return without ?? <Empty title="It has not run yet">Press “Run now”, or wait for its schedule.</Empty>;
        return (
          <>
            <RunChoice id={id} runs={runs} />
            <OneRun id={id}>{children}</OneRun>
          </>
        );
      }}
    </Loaded>
  );
}

function RunChoice({ id, runs }: { id: string; runs: { id: string; state: string; interval: { start: string } }[] }) {
  const navigate = route.useNavigate();
  const chosen = runs.find((each) => each.id === id);
  const listed = chosen ? [] : [{ value: id, title: id }];
  return (
    <div className={styles.choice}>
      <Choice
        label="Run"
        bare
        value={id}
        title={chosen && utcText(chosen.interval.start)}
        options={[...listed, ...runs.map((each) => ({ value: each.id, title: `${instantText(each.interval.start)}  ${each.state}` }))]}
        onChange={({ target }) => void navigate({ search: (now) => ({ ...now, run: target.value }), replace: true })}
      />
      <Link to="/runs/$run" params={{ run: id }}>
        Open this run
      </Link>
    </div>
  );
}

function OneRun({ id, children }: { id: string; children(run: RunGrid): ReactNode }) {
  return <Loaded query={useQuery(runGridQuery(id))}>{children}</Loaded>;
}
