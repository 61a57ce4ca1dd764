import { Link } from "@tanstack/react-router";
import type { ProjectStatus } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
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
      <Loaded query={status}>{(status) => <Loaded query={dags}>{(dags) => <Parts status={status} dags={dags} />}</Loaded>}</Loaded>
    </Page>
  );
}

/** What the project has; of what it has none of, nothing is said. */
function Parts({ status, dags }: { status: ProjectStatus; dags: readonly DagStatus[] }) {
  const { stages, tables } = status;
  if (stages.length + dags.length === 0) return <FirstSteps />;
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

function FirstSteps() {
  return (
    <Card title="Pipelines" flush>
      <Empty title="Nothing is declared yet">
        <p>
          Declare a <code>source(…)</code> and a <code>stage(…)</code>, or recurring work with <code>dag(…)</code>, in a pipeline of the project. They show up here when Millrace is brought up again.
        </p>
      </Empty>
    </Card>
  );
}
