import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Pause, Play } from "lucide-react";
import { client } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { Button } from "../../design/components/button.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Facts } from "../../design/components/facts.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { Tabs } from "../../design/components/tabs.tsx";
import { useAsked } from "../../design/use-asked.ts";
import { useAction } from "../../design/use-action.ts";
import { BackfillsTab } from "./backfills-tab.tsx";
import { CalendarTab } from "./calendar-tab.tsx";
import { DagState } from "./dag-list.tsx";
import { dagQuery } from "./dag-queries.ts";
import { DeclarationTab } from "./declaration-tab.tsx";
import { DurationsTab } from "./durations-tab.tsx";
import { GridTab } from "./grid-tab.tsx";
import { NewestRun } from "./newest-run.tsx";
import { PauseDialog } from "./pause-dialog.tsx";
import { RunGantt } from "./run-gantt.tsx";
import { RunGraph } from "./run-graph.tsx";
import type { GridTask } from "./task-summary.ts";
import { TriggerDialog } from "./trigger-dialog.tsx";

export type DagDetail = Answer<"/api/v1/dags/{dag}">;

const route = getRouteApi("/shell/dags/$dag");

const tabs = [
  { name: "grid", title: "Grid" },
  { name: "graph", title: "Graph" },
  { name: "gantt", title: "Gantt" },
  { name: "calendar", title: "Calendar" },
  { name: "durations", title: "Durations" },
  { name: "backfills", title: "Backfills" },
  { name: "code", title: "Declaration" },
];

export default function DagPage() {
  const { dag } = route.useParams();
  const { tab = "grid" } = route.useSearch();
  const query = useQuery(dagQuery(dag));
  return (
    <Page title={dag} actions={query.data && <DagActions dag={query.data} />}>
      <Loaded query={query}>
        {(detail) => (
          <>
            <DagFacts dag={detail} />
            {detail.problem && <ErrorBox error={asError(detail.problem)} />}
            <Tabs tabs={tabs} current={tab} />
            <DagTab dag={detail} tab={tab} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

const asError = (problem: NonNullable<DagDetail["problem"]>): Error => Object.assign(new Error(problem.what), problem);

function DagTab({ dag, tab }: { dag: DagDetail; tab: string }) {
  if (tab === "graph") {
    return (
      <NewestRun dag={dag.name} without={<RunGraph run={undefined} tasks={declaredTasks(dag)} cells={none} />}>
        {(run) => <RunGraph run={run} tasks={run.tasks} cells={run.cells} />}
      </NewestRun>
    );
  }
  if (tab === "gantt") return <NewestRun dag={dag.name}>{(run) => <RunGantt run={run} />}</NewestRun>;
  if (tab === "calendar") return <CalendarTab dag={dag} />;
  if (tab === "durations") return <DurationsTab dag={dag.name} />;
  if (tab === "backfills") return <BackfillsTab dag={dag.name} />;
  if (tab === "code") return <DeclarationTab dag={dag} />;
  return <GridTab dag={dag.name} />;
}

const none: never[] = [];

/** Of a DAG that has not run. */
const declaredTasks = ({ decl }: DagDetail): GridTask[] => (decl.tasks as { name: string; kind: string; map?: string; after: string[] }[]).map(({ name, kind, map = null, after }) => ({ name, kind, map, after, declared: true, prompt: null }));

function DagFacts({ dag }: { dag: DagDetail }) {
  const { description, schedule, timezone, nextRunAt, owner, tags, activeRuns, queuedRuns, paused, note } = dag;
  return (
    <>
      {description && (
        <p>
          <ForeignText text={description} charsMax={600} />
        </p>
      )}
      <Facts
        facts={[
          ["State", <DagState key="state" dag={dag} />],
          ["Schedule", <span key="schedule" className="foreign">{schedule}</span>],
          ["Next run", <Moment key="next" at={nextRunAt} />],
          !schedule.includes(timezone) && ["Zone", timezone],
          ["Runs", `${activeRuns} active, ${queuedRuns} queued`],
          owner && ["Owner", owner],
          tags.length > 0 && ["Tags", tags.join(", ")],
          paused && note && ["Why paused", <ForeignText key="note" text={note} charsMax={300} />],
        ]}
      />
    </>
  );
}

function DagActions({ dag: { name, paused, decl } }: { dag: DagDetail }) {
  const [asks, setAsks] = useAsked("trigger", "pause");
  const resume = useAction(() => client.POST("/api/v1/dags/{dag}/resume", { params: { path: { dag: name } } }), () => `${name} makes scheduled runs again.`);
  const close = (): void => setAsks(undefined);
  return (
    <>
      {paused ? (
        <Button icon={<Play size={14} aria-hidden />} disabled={resume.isPending} onClick={() => resume.mutate(undefined)}>
          Resume
        </Button>
      ) : (
        <Button icon={<Pause size={14} aria-hidden />} onClick={() => setAsks("pause")}>
          Pause…
        </Button>
      )}
      <Button look="primary" onClick={() => setAsks("trigger")}>
        Run now…
      </Button>
      <PauseDialog dag={name} open={asks === "pause"} onClose={close} />
      <TriggerDialog dag={name} schema={decl.params} open={asks === "trigger"} onClose={close} />
    </>
  );
}
