import { Link } from "@tanstack/react-router";
import type { ProjectStatus, TableStatus } from "../../api/types.ts";
import { Ago } from "../../design/components/ago.tsx";
import { Card } from "../../design/components/card.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText } from "../../design/format.ts";

const columns: TableColumn<TableStatus>[] = [
  { title: "Table", cell: ({ name }) => <Link to={`/catalog/table/${encodeURIComponent(name)}` as string} className="foreign">{name}</Link> },
  { title: "Rows", align: "right", cell: ({ rows }) => countText(rows) },
  { title: "Files", align: "right", cell: ({ files }) => countText(files) },
  { title: "Newest version", align: "right", cell: ({ newestAt }) => <Ago at={newestAt} /> },
];

const shownMax = 12;

/** The tables that were written last. */
export function Tables({ tables }: { tables: ProjectStatus["tables"] }) {
  const newest = [...tables].sort((a, b) => (b.newestAt ?? "").localeCompare(a.newestAt ?? "")).slice(0, shownMax);
  return (
    <Card title="Tables, the newest first" aside={tables.length > shownMax && <Link to="/catalog">all {countText(tables.length)}</Link>} flush>
      <Table label="Tables" columns={columns} rows={newest} rowKey={({ name }) => name} />
    </Card>
  );
}
