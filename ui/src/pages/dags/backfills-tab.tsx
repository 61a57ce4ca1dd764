import { Link } from "@tanstack/react-router";
import { api } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { BackfillProgress } from "./backfill-progress.tsx";

type Backfill = Answer<"/api/v1/backfills">["backfills"][number];

const columns: TableColumn<Backfill>[] = [
  { title: "Made", cell: ({ id, createdAt }) => <Link to="/backfills/$backfill" params={{ backfill: id }}><Moment at={createdAt} /></Link> },
  { title: "State", cell: ({ state }) => <StateBadge state={state} /> },
  { title: "From", cell: ({ from }) => <Moment at={from} /> },
  { title: "To", cell: ({ to }) => <Moment at={to} /> },
  { title: "Progress", cell: (backfill) => <BackfillProgress backfill={backfill} /> },
];

export function BackfillsTab({ dag }: { dag: string }) {
  const query = api.useQuery("get", "/api/v1/backfills", { params: { query: { dag } } });
  return (
    <Loaded query={query}>
      {({ backfills }) =>
        backfills.length === 0 ? (
          <Empty title="There was no backfill">
            <Link to="." search={((now: object) => ({ ...now, tab: "calendar" })) as never}>
              Paint over days of the calendar to make one
            </Link>
          </Empty>
        ) : (
          <Card flush>
            <Table label="Backfills" columns={columns} rows={backfills} rowKey={({ id }) => id} />
          </Card>
        )
      }
    </Loaded>
  );
}
