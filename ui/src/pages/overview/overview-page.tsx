import { Link } from "@tanstack/react-router";
import type { ProjectStatus } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { countText } from "../../design/format.ts";
import { useStatus } from "../../live/use-status.ts";
import { type DagStatus, useAllDags } from "../dags/use-all-dags.ts";
import { StageTable } from "../stages/stage-table.tsx";
import { Attention } from "./attention.tsx";
import { DagsCard } from "./dags-card.tsx";
import { byNeed } from "./pipeline-figures.ts";
import { Pipelines } from "./pipelines.tsx";
import { Tables } from "./tables.tsx";

const stagesMax = 12;

export default function OverviewPage() {
  const status = useStatus();
  const dags = useAllDags();
  return (
    <Page title="Overview">
      <Attention />
      <Loaded query={status}>{(status) => <Loaded query={dags}>{(dags) => (isBare(status, dags) ? <Beginning /> : <Parts status={status} dags={dags} />)}</Loaded>}</Loaded>
    </Page>
  );
}

const isBare = ({ stages, topics, tables }: ProjectStatus, dags: readonly DagStatus[]): boolean => stages.length + topics.length + tables.length + dags.length === 0;

function Beginning() {
  return (
    <Card title="The project declares nothing yet">
      <p>
        Write a topic, a stage, a table or a DAG into <code>pipeline.ts</code>: what it would change stands under <Link to="/plan">Plan</Link>, and it is seen here when Millrace is brought up again.
      </p>
    </Card>
  );
}

/** What the project has; of what it has none of, nothing is said. */
function Parts({ status, dags }: { status: ProjectStatus; dags: readonly DagStatus[] }) {
  const { stages, tables } = status;
  return (
    <>
      {stages.length > 0 && <Pipelines status={status} />}
      {dags.length > 0 && <DagsCard dags={dags} />}
      {stages.length > 0 && (
        <Card title="Stages, those that need a look first" aside={<Link to="/stages">all {countText(stages.length)}</Link>} flush>
          <StageTable stages={[...stages].sort(byNeed).slice(0, stagesMax)} />
        </Card>
      )}
      {tables.length > 0 && <Tables tables={tables} />}
    </>
  );
}
