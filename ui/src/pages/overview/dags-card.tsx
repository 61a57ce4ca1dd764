import { Link } from "@tanstack/react-router";
import { Card } from "../../design/components/card.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { QuickLink } from "../../design/components/quick-link.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText } from "../../design/format.ts";
import { DagState, RecentRuns } from "../dags/dag-list.tsx";
import { type DagStatus, useRecentRuns } from "../dags/use-all-dags.ts";
import styles from "./dags-card.module.css";
import { byDagNeed } from "./dag-need.ts";

const shownMax = 12;

/** The DAGs that need a look first, with their last runs. */
export function DagsCard({ dags }: { dags: readonly DagStatus[] }) {
  const first = [...dags].sort(byDagNeed).slice(0, shownMax);
  const recent = useRecentRuns(first.map(({ name }) => name), 0, first.length - 1);
  const columns: TableColumn<DagStatus>[] = [
    { title: "DAG", cell: ({ name }) => <QuickLink href={`/dags/${encodeURIComponent(name)}`} go={(navigate) => navigate({ to: "/dags/$dag", params: { dag: name } })} className="foreign">{name}</QuickLink> },
    { title: "State", cell: (dag) => <DagState dag={dag} /> },
    { title: "Last runs", cell: ({ name }) => <RecentRuns recent={recent.get(name)} /> },
    { title: "Schedule", cell: ({ schedule }) => <span className={`${styles.schedule} foreign`}>{schedule}</span> },
    { title: "Next run", align: "right", cell: ({ nextRunAt }) => <Moment at={nextRunAt} /> },
  ];
  return (
    <Card title="DAGs, those that need a look first" aside={<Link to="/dags">all {countText(dags.length)}</Link>} flush>
      <Table label="DAGs" columns={columns} rows={first} rowKey={({ name }) => name} />
    </Card>
  );
}
