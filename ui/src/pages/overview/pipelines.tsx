import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ProjectStatus } from "../../api/types.ts";
import { Ago } from "../../design/components/ago.tsx";
import { Card } from "../../design/components/card.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText, counted, rateText } from "../../design/format.ts";
import { pipelinesQuery } from "./overview-queries.ts";
import { type PipelineFigures, pipelineFigures } from "./pipeline-figures.ts";
import { costText, workText } from "./work-text.ts";

const columnsOf = (prices: ProjectStatus["prices"]): TableColumn<PipelineFigures>[] => [
  { title: "Pipeline", cell: ({ name, middle, stages }) => <><Link to="/graph" search={{ focus: middle, around: "both", depth: "all" }} className="foreign">{name}</Link> <span className="quiet">{counted(stages, "stage")}</span></> },
  { title: "State", cell: ({ state }) => <StateBadge state={state} /> },
  { title: "Comes in", align: "right", cell: ({ perSecond }) => rateText(perSecond) },
  { title: "Lag", align: "right", cell: ({ lag }) => countText(lag) },
  { title: "Errors", align: "right", cell: ({ deadLetters, failed }) => (failed > 0 ? `${failed} failed` : deadLetters === 0 ? "0" : `${countText(deadLetters)} dead`) },
  { title: "Newest data", align: "right", cell: ({ newestAt }) => <Ago at={newestAt} /> },
  { title: prices ? "Cost today" : "Used today", align: "right", cell: (figures) => <span title={`Processor time and memory held by its stages since midnight UTC: ${workText(figures)}`}>{costText(figures, prices)}</span> },
];

/** Each part of the project, in one line. */
export function Pipelines({ status }: { status: ProjectStatus }) {
  const query = useQuery(pipelinesQuery());
  return (
    <Card title="Pipelines" flush>
      <Loaded query={query}>
        {({ pipelines }) => <Table label="Pipelines" columns={columnsOf(status.prices)} rows={pipelines.map((names) => pipelineFigures(names, status))} rowKey={({ name }) => name} />}
      </Loaded>
    </Card>
  );
}
