import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { api } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Choice } from "../../design/components/field.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText } from "../../design/format.ts";
import styles from "./catalog.module.css";
import { differenceSql, type TableDetail } from "./catalog-entry.ts";
import { RowsCard } from "./rows-card.tsx";

const rowsMax = 200;

type Snapshot = TableDetail["snapshots"][number];

/** The versions that are kept, and what differs between two of them, row by row. */
export function VersionsTab({ name }: { name: string }) {
  const table = api.useQuery("get", "/api/v1/tables/{table}", { params: { path: { table: name } } });
  const columns: TableColumn<Snapshot>[] = [
    { title: "Version", cell: ({ id }) => <Link to="." search={{ tab: "preview", version: id } as never}><code>{id}</code></Link> },
    { title: "Committed", cell: ({ at }) => <Moment at={at} /> },
    { title: "What was done", cell: ({ operation }) => operation },
    { title: "Rows", align: "right", cell: ({ rows }) => countText(rows) },
    { title: "Files", align: "right", cell: ({ files }) => countText(files) },
    { title: "By", cell: ({ summary }) => <span className="foreign">{String(summary["millrace.run"] ?? summary["millrace.release"] ?? "")}</span> },
    { title: "Names", cell: ({ id }) => <span className="foreign">{table.data?.refs.filter(({ snapshot }) => snapshot === id).map((ref) => ref.name).join(", ")}</span> },
  ];
  return (
    <Loaded query={table}>
      {({ snapshots }) => (
        <>
          {snapshots.length > 1 && <Difference name={name} snapshots={snapshots} />}
          <Card title={`${countText(snapshots.length)} versions`} flush>
            {snapshots.length === 0 ? <Empty title="It has no version yet" /> : <Table label="Versions" columns={columns} rows={snapshots} rowKey={({ id }) => id} />}
          </Card>
        </>
      )}
    </Loaded>
  );
}

function Difference({ name, snapshots }: { name: string; snapshots: Snapshot[] }) {
  const { version, compare } = useSearch({ from: "/shell/catalog/$kind/$entry" });
  const navigate = useNavigate();
  const options = snapshots.map(({ id, at, rows }) => ({ value: id, title: `${new Date(at).toLocaleString()} · ${countText(rows)} rows · ${id}` }));
  const known = (id: string | undefined): string | undefined => options.find(({ value }) => value === id)?.value;
  const after = known(version) ?? options[0].value;
  const before = known(compare);
  const set = (change: object): void => void navigate({ to: ".", search: { tab: "versions", version, compare, ...change } as never, replace: true });
  return (
    <>
      <Card title="What differs between two versions" flush>
        <div className={styles.controls}>
          <Choice label="Before" options={[{ value: "", title: "choose a version" }, ...options]} value={before ?? ""} onChange={(event) => set({ compare: event.target.value || undefined })} />
          <Choice label="After" options={options} value={after} onChange={(event) => set({ version: event.target.value })} />
        </div>
      </Card>
      {before !== undefined && (
        <>
          <RowsCard title="Rows that are gone" sql={differenceSql(name, before, after, "gone")} limit={rowsMax} none="No row is gone" />
          <RowsCard title="Rows that are new" sql={differenceSql(name, before, after, "new")} limit={rowsMax} none="No row is new" />
        </>
      )}
    </>
  );
}
