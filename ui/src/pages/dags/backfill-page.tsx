import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, client } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Facts } from "../../design/components/facts.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { useAction } from "../../design/use-action.ts";
import { BackfillProgress } from "./backfill-progress.tsx";
import { CancelBackfillDialog } from "./cancel-backfill-dialog.tsx";

type Backfill = Answer<"/api/v1/backfills/{backfill}">;
type Interval = Backfill["reachedIntervals"][number];

const route = getRouteApi("/shell/backfills/$backfill");

const columns: TableColumn<Interval>[] = [
  { title: "Interval", cell: ({ interval }) => <Moment at={interval.start} /> },
  { title: "Done with it", cell: ({ decision }) => decision },
  { title: "State", cell: ({ state }) => (state === null ? <span className="quiet">–</span> : <StateBadge state={state} />) },
  { title: "Run", cell: ({ run }) => (run === null ? <span className="quiet">–</span> : <Link to="/runs/$run" params={{ run }} className="foreign">{run}</Link>) },
];

export default function BackfillPage() {
  const { backfill } = route.useParams();
  const query = api.useQuery("get", "/api/v1/backfills/{backfill}", { params: { path: { backfill } } });
  return (
    <Page title={query.data ? `Backfill of ${query.data.dag}` : "Backfill"} actions={query.data && <BackfillActions backfill={query.data} />}>
      <Loaded query={query}>{(detail) => <BackfillDetail backfill={detail} />}</Loaded>
    </Page>
  );
}

function BackfillDetail({ backfill }: { backfill: Backfill }) {
  const { dag, state, from, to, order, reprocess, maxActiveRuns, note, createdAt, endedAt, reachedIntervals } = backfill;
  return (
    <>
      <Facts
        facts={[
          ["DAG", <Link key="dag" to="/dags/$dag" params={{ dag }}>{dag}</Link>],
          ["State", <StateBadge key="state" state={state} />],
          ["From", <Moment key="from" at={from} />],
          ["To, excluded", <Moment key="to" at={to} />],
          ["Order", `the ${order} first`],
          ["Runs that are there", { none: "left", failed: "again, when failed", completed: "again" }[reprocess]],
          ["At once", maxActiveRuns],
          ["Made", <Moment key="made" at={createdAt} />],
          endedAt && ["Ended", <Moment key="ended" at={endedAt} />],
          note && ["Note", <ForeignText key="note" text={note} />],
        ]}
      />
      <BackfillProgress backfill={backfill} />
      <Card title="Intervals reached, at most the last 1,000" flush>
        {reachedIntervals.length === 0 ? <Empty title="None yet" /> : <Table label="Intervals" columns={columns} rows={reachedIntervals} rowKey={({ ordinal }) => String(ordinal)} />}
      </Card>
    </>
  );
}

function BackfillActions({ backfill: { id, state } }: { backfill: Backfill }) {
  const path = { params: { path: { backfill: id } } };
  const pause = useAction(() => client.POST("/api/v1/backfills/{backfill}/pause", path), () => "The backfill makes no more runs for now.");
  const resume = useAction(() => client.POST("/api/v1/backfills/{backfill}/resume", path), () => "The backfill goes on.");
  const [cancels, setCancels] = useState(false);
  if (state === "done" || state === "cancelled") return null;
  return (
    <>
      {state === "paused" ? <Button onClick={() => resume.mutate(undefined)}>Resume</Button> : <Button onClick={() => pause.mutate(undefined)}>Pause</Button>}
      <Button look="danger" onClick={() => setCancels(true)}>
        Cancel…
      </Button>
      <CancelBackfillDialog backfill={id} open={cancels} onClose={() => setCancels(false)} />
    </>
  );
}
