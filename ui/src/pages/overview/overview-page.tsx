import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ProjectStatus } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { countText } from "../../design/format.ts";
import { useStatus } from "../../live/use-status.ts";
import { dagsQuery } from "../graph/graph-queries.ts";
import { StageTable } from "../stages/stage-table.tsx";
import { Attention } from "./attention.tsx";
import { byNeed } from "./pipeline-figures.ts";
import { Pipelines } from "./pipelines.tsx";
import { Tables } from "./tables.tsx";

const stagesMax = 12;

export default function OverviewPage() {
  const status = useStatus();
  const isBare = status.data !== undefined && hasNoData(status.data);
  const dags = useQuery({ ...dagsQuery(), enabled: isBare }).data?.dags;
  return (
    <Page title="Overview">
      <Attention />
      <Loaded query={status}>{(status) => (isBare && dags?.length === 0 ? <Beginning /> : <Parts status={status} />)}</Loaded>
    </Page>
  );
}

const hasNoData = ({ stages, topics, tables }: ProjectStatus): boolean => stages.length + topics.length + tables.length === 0;

function Beginning() {
  return (
    <Card title="The project declares nothing yet">
      <p>
        Write a topic, a stage, a table or a DAG into <code>pipeline.ts</code>: what it would change stands under <Link to="/plan">Plan</Link>, and it is seen here when Millrace is brought up again.
      </p>
    </Card>
  );
}

function Parts({ status }: { status: ProjectStatus }) {
  return (
    <>
      <Pipelines status={status} />
      <Card title="Stages, those that need a look first" aside={<Link to="/stages">all {countText(status.stages.length)}</Link>} flush>
        {status.stages.length === 0 ? <Empty title="No stage yet">Declare one with stage(…) in the project.</Empty> : <StageTable stages={[...status.stages].sort(byNeed).slice(0, stagesMax)} />}
      </Card>
      <Tables tables={status.tables} />
    </>
  );
}
