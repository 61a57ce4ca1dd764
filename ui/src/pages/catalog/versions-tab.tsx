import { Link } from "@tanstack/react-router";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText, counted } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./catalog.module.css";
import type { Snapshot, TableDetail } from "./catalog-entry.ts";
import { useTable } from "./use-table.ts";
import { VersionDifference } from "./version-difference.tsx";

/** The versions that are kept, each a look back in time, and what differs between two of them. */
export function VersionsTab({ name }: { name: string }) {
  const table = useTable(name);
  return (
    <Loaded query={table}>
      {({ snapshots, refs }) => (
        <>
          {snapshots.length > 1 && <VersionDifference name={name} snapshots={snapshots} />}
          <Card title={counted(snapshots.length, "version")} flush>
            {snapshots.length === 0 ? <Empty title="It has no version yet">What is written first makes one.</Empty> : <Table label="Versions" columns={columnsOf(snapshots, refs)} rows={snapshots} rowKey={({ id }) => id} />}
          </Card>
        </>
      )}
    </Loaded>
  );
}

function columnsOf(snapshots: Snapshot[], refs: TableDetail["refs"]): TableColumn<Snapshot>[] {
  const before = (id: string): string | undefined => snapshots[snapshots.findIndex((each) => each.id === id) + 1]?.id;
  const named = (id: string): string => refs.filter(({ snapshot }) => snapshot === id).map((ref) => ref.name).join(", ");
  const columns: TableColumn<Snapshot>[] = [
    { title: "Version", cell: ({ id }) => <Link to="." search={{ tab: "preview", version: id } as never} title="Its rows, as they were then"><code>{id}</code></Link> },
    { title: "Committed", cell: ({ at }) => <span className={styles.whole}><Moment at={at} /></span> },
    { title: "What was done", cell: ({ operation }) => operation },
    { title: "Rows", align: "right", cell: ({ rows }) => countText(rows) },
    { title: "Files", align: "right", cell: ({ files }) => countText(files) },
    { title: "By", cell: ({ summary }) => <span className={styles.whole}><Maker summary={summary} /></span> },
    { title: "Difference", cell: ({ id }) => before(id) !== undefined && <Link to="." search={{ tab: "versions", version: id, compare: before(id) } as never} className={styles.whole}>from the one before</Link> },
  ];
  return refs.length === 0 ? columns : [...columns, { title: "Names", cell: ({ id }) => <span className="foreign">{visibleLine(named(id))}</span> }];
}

/** The run, the stage, or at least the release that made it. */
function Maker({ summary }: Pick<Snapshot, "summary">) {
  const [run, stage, release] = ["run", "stage", "release"].map((key) => summary[`millrace.${key}`]);
  if (typeof run === "string") return <Link to="/runs/$run" params={{ run }}>run <code>{run.slice(0, 12)}</code></Link>;
  if (typeof stage === "string") return <Link to="/stages/$stage" params={{ stage }} className="foreign">{visibleLine(stage)}</Link>;
  return typeof release === "string" && <code className="foreign">{release}</code>;
}
