import { Link } from "@tanstack/react-router";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { countText } from "../../design/format.ts";
import { useStatus } from "../../live/use-status.ts";
import { StageTable } from "../stages/stage-table.tsx";
import { Attention } from "./attention.tsx";
import { byNeed } from "./pipeline-figures.ts";
import { Pipelines } from "./pipelines.tsx";
import { Tables } from "./tables.tsx";

const stagesMax = 12;

export default function OverviewPage() {
  const status = useStatus();
  return (
    <Page title="Overview">
      <Attention />
      <Loaded query={status}>
        {(status) => (
          <>
            <Pipelines status={status} />
            <Card title="Stages, those that need a look first" aside={<Link to="/stages">all {countText(status.stages.length)}</Link>} flush>
              {status.stages.length === 0 ? <Empty title="No stage yet">Declare one with stage(…) in the project.</Empty> : <StageTable stages={[...status.stages].sort(byNeed).slice(0, stagesMax)} />}
            </Card>
            <Tables tables={status.tables} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
