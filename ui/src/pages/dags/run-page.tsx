import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Facts } from "../../design/components/facts.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Tabs } from "../../design/components/tabs.tsx";
import { instantText } from "../../design/format.ts";
import { CancelDialog } from "./cancel-dialog.tsx";
import { ClearDialog, type TaskChoice } from "./clear-dialog.tsx";
import codeStyles from "./code.module.css";
import { runGridQuery } from "./dag-queries.ts";
import { RunGantt } from "./run-gantt.tsx";
import { RunGraph } from "./run-graph.tsx";
import styles from "./run-page.module.css";
import { RunTasks } from "./run-tasks.tsx";
import { TaskPane } from "./task-pane.tsx";
import { type RunGrid, runIsOver, statesText } from "./task-summary.ts";
import { Took } from "./took.tsx";

const route = getRouteApi("/shell/runs/$run");

const tabs = [
  { name: "tasks", title: "Tasks" },
  { name: "graph", title: "Graph" },
  { name: "gantt", title: "Gantt" },
  { name: "params", title: "Parameters" },
];

export default function RunPage() {
  const { run } = route.useParams();
  const { tab = "tasks", task } = route.useSearch();
  const query = useQuery(runGridQuery(run));
  return (
    <Page title={query.data ? `${query.data.dag}, ${instantText(query.data.interval.start)}` : "Run"} heading={query.data && <>{query.data.dag}, <Moment at={query.data.interval.start} /></>} actions={query.data && <RunActions run={query.data} />}>
      <Loaded query={query}>
        {(detail) => (
          <>
            <RunFacts run={detail} />
            <Tabs tabs={tabs} current={tab} />
            <div className={styles.parts}>
              <div className={styles.main}>
                <RunTab run={detail} tab={tab} />
              </div>
              {task !== undefined && <TaskPane run={detail} task={task} />}
            </div>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function RunTab({ run, tab }: { run: RunGrid; tab: string }) {
  if (tab === "graph") return <RunGraph run={run} tasks={run.tasks} cells={run.cells} />;
  if (tab === "gantt") return <RunGantt run={run} />;
  if (tab !== "params") return <RunTasks run={run} />;
  return (
    <Card title="Parameters">
      <pre className={codeStyles.code}>
        <ForeignText text={JSON.stringify(run.params, null, 2)} />
      </pre>
    </Card>
  );
}

function RunFacts({ run }: { run: RunGrid }) {
  const { id, dag, state, kind, interval, startedAt, endedAt, backfill, note, clears, release } = run;
  return (
    <Facts
      facts={[
        ["DAG", <Link key="dag" to="/dags/$dag" params={{ dag }}>{dag}</Link>],
        ["State", <StateBadge key="state" state={state} />],
        ["Data interval", <span key="interval"><Moment at={interval.start} />{interval.end !== interval.start && <> to <Moment at={interval.end} /></>}</span>],
        ["Started", <Moment key="started" at={startedAt} />],
        ["Took", <Took key="took" startedAt={startedAt} endedAt={endedAt} />],
        ["Made by", backfill === null ? { scheduled: "its schedule", manual: "a person", backfill: "a backfill", dataset: "an update of a dataset", dag: "another DAG" }[kind] : <Link key="backfill" to="/backfills/$backfill" params={{ backfill }}>a backfill</Link>],
        run.cells.length > 0 && ["Tasks", statesText(sumOf(run))],
        clears > 0 && ["Cleared", `${clears} times`],
        ["Release", <code key="release">{release.slice(0, 12)}</code>],
        ["Id", <code key="id">{id}</code>],
        note && ["Note", <ForeignText key="note" text={note} />],
      ]}
    />
  );
}

function sumOf({ cells }: RunGrid): { [state: string]: number } {
  const sum: { [state: string]: number } = {};
  for (const { states } of cells) for (const [state, count] of Object.entries(states)) sum[state] = (sum[state] ?? 0) + (count ?? 0);
  return sum;
}

function RunActions({ run }: { run: RunGrid }) {
  // The tasks as they were when one asked: they change while the dialog is open.
  const [clears, setClears] = useState<TaskChoice[]>();
  const [cancels, setCancels] = useState(false);
  const failed = run.cells.filter(({ states }) => states.failed || states.upstream_failed);
  return (
    <>
      {failed.length > 0 && <Button onClick={() => setClears(failed.map(({ task }) => ({ task })))}>Run failed tasks again…</Button>}
      {!runIsOver(run.state) && (
        <Button look="danger" onClick={() => setCancels(true)}>
          Cancel…
        </Button>
      )}
      {clears && <ClearDialog run={run.id} tasks={clears} onlyFailed onClose={() => setClears(undefined)} />}
      <CancelDialog run={run.id} open={cancels} onClose={() => setCancels(false)} />
    </>
  );
}
