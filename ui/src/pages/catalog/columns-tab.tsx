import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { TextField } from "../../design/components/field.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText } from "../../design/format.ts";
import { useSearchText } from "../../design/use-search-text.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./catalog.module.css";
import type { Entry, EntryColumn } from "./catalog-entry.ts";
import { NotesDialog } from "./notes-dialog.tsx";

const step = 200;
const nameMax = 300;

const columns: TableColumn<EntryColumn>[] = [
  { title: "Column", cell: ({ name }) => <span className={`${styles.name} foreign`}>{visibleLine(name.slice(0, nameMax))}</span> },
  { title: "Type", cell: ({ type }) => type && <code className="foreign" title={`says the ${type.by.kind}${(type.others ?? []).map((other) => `; ${other.value} says the ${other.by.kind}`).join("")}`}>{visibleLine(type.value.slice(0, nameMax))}</code> },
  { title: "What it is", cell: ({ description }) => <span className="foreign">{description && visibleLine(description.value.slice(0, 500))}</span> },
  { title: "Tags", cell: ({ tags, personal }) => <span className="foreign">{visibleLine([...tags.map(({ value }) => value), ...(personal ? [`personal: ${personal.value.kind}`] : [])].join(", "))}</span> },
];

/** The columns, some hundred at once; of a very wide dataset those that are searched for. */
export function ColumnsTab({ entry }: { entry: Entry }) {
  const search = useSearch({ from: "/shell/catalog/$kind/$entry" });
  const [find, setFind] = useSearchText("find", search.find);
  const [shown, setShown] = useState(step);
  const [edited, edit] = useState<EntryColumn>();
  const hits = entry.columns.filter(({ name, description }) => `${name} ${description?.value ?? ""}`.toLowerCase().includes(find.toLowerCase()));
  if (entry.columns.length === 0) return <Card><Empty title="Nobody knows its columns yet">{entry.form === "model" ? <p>Of a table they are known once it was built: millrace run '{entry.name}'. A view’s statement is being looked at, and they come by themselves.</p> : <p>Declare it with a schema, or let a crawler look at it. The preview shows its rows as they are.</p>}</Empty></Card>;
  const editing: TableColumn<EntryColumn> = { title: "Notes", align: "right", cell: (column) => <Button look="plain" aria-label={`Edit ${visibleLine(column.name.slice(0, nameMax))}`} onClick={() => edit(column)}>Edit…</Button> };
  return (
    <Card title={`${countText(entry.columns.length)} columns`} aside={<TextField label="Find a column" bare placeholder="Find a column" value={find} onChange={(event) => setFind(event.target.value)} />} flush>
      {hits.length === 0 ? <Empty title="No column is called so" /> : <Table label="Columns" columns={[...columns, editing]} rows={hits.slice(0, shown)} rowKey={({ name }) => name} />}
      {hits.length > shown && (
        <div className={styles.more}>
          <Button onClick={() => setShown(shown + step)}>Show more of {countText(hits.length)}</Button>
        </div>
      )}
      {edited && <NotesDialog entry={entry} column={edited} onClose={() => edit(undefined)} />}
    </Card>
  );
}
