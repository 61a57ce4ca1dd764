import { useState } from "react";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { TextField } from "../../design/components/field.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText } from "../../design/format.ts";
import styles from "./catalog.module.css";
import type { Entry, EntryColumn } from "./catalog-entry.ts";

const shownMax = 300;

const columns: TableColumn<EntryColumn>[] = [
  { title: "Column", cell: ({ name }) => <span className="foreign">{name}</span> },
  { title: "Type", cell: ({ type }) => type && <code className="foreign" title={`says the ${type.by.kind}${(type.others ?? []).map((other) => `; ${other.value} says the ${other.by.kind}`).join("")}`}>{type.value}</code> },
  { title: "What it is", cell: ({ description }) => <span className="foreign">{description?.value.slice(0, 500)}</span> },
  { title: "Tags", cell: ({ tags, personal }) => <span className="foreign">{[...tags.map(({ value }) => value), ...(personal ? [`personal: ${personal.value.kind}`] : [])].join(", ")}</span> },
];

/** The columns; of a very wide dataset those that are searched for, some hundred at once. */
export function ColumnsTab({ entry }: { entry: Entry }) {
  const [find, setFind] = useState("");
  const hits = entry.columns.filter(({ name, description }) => `${name} ${description?.value ?? ""}`.toLowerCase().includes(find.toLowerCase()));
  if (entry.columns.length === 0) return <Card><Empty title={entry.kind === "database" ? "A database has tables, and no columns" : "Nobody knows its columns yet"} /></Card>;
  return (
    <Card title={`${countText(entry.columns.length)} columns`} aside={<TextField label="Find a column" bare placeholder="Find a column" value={find} onChange={(event) => setFind(event.target.value)} />} flush>
      <Table label="Columns" columns={columns} rows={hits.slice(0, shownMax)} rowKey={({ name }) => name} />
      {hits.length > shownMax && <p className={styles.note}>{countText(hits.length - shownMax)} more: search for one by its name.</p>}
    </Card>
  );
}
