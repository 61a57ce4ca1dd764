import { Link } from "@tanstack/react-router";
import type { StageStatus } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText, rateText } from "../../design/format.ts";
import { useStatus } from "../../live/use-status.ts";

const columns: TableColumn<StageStatus>[] = [
  { title: "Stage", cell: ({ name }) => <Link to="/stages/$stage" params={{ stage: name }} className="foreign">{name}</Link> },
  { title: "State", cell: ({ state, reason }) => <StateBadge state={state} title={reason} /> },
  { title: "In", align: "right", cell: ({ recordsInPerSecond }) => rateText(recordsInPerSecond) },
  { title: "Out", align: "right", cell: ({ recordsOutPerSecond }) => rateText(recordsOutPerSecond) },
  { title: "Lag", align: "right", cell: ({ lagRecords }) => countText(lagRecords) },
  { title: "Dead letters", align: "right", cell: ({ deadLetters }) => countText(deadLetters) },
];

export default function OverviewPage() {
  const status = useStatus();
  return (
    <Page title="Overview">
      <Loaded query={status}>
        {({ stages }) => (
          <Card title="Stages" flush>
            <Table label="Stages" columns={columns} rows={stages} rowKey={({ name }) => name} />
          </Card>
        )}
      </Loaded>
    </Page>
  );
}
