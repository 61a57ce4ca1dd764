import { Card } from "../../design/components/card.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { bytesText, countText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import type { ReleasePlan } from "./plan-lines.ts";

type Source = ReleasePlan["sources"][number];
type SourceTable = Source["tables"][number];

const word = (text: string) => <span className="foreign">{visibleLine(text.slice(0, 300))}</span>;

const columns: TableColumn<SourceTable>[] = [
  { title: "Found", cell: ({ raw }) => word(raw) },
  { title: "Goes into", cell: ({ into }) => word(into) },
  { title: "What happens", cell: ({ action, changes, error }) => word([action, ...changes, ...(error ? [error.what] : [])].join("; ")) },
  { title: "Columns that change", cell: ({ columns }) => word(columns.filter(({ change }) => change !== null && change !== "new").map(({ name, type, change }) => `${name} ${type} ${change}`).join(", ")) },
  { title: "Files to load", align: "right", cell: ({ load }) => countText(load.newFiles + load.changedFiles) },
  { title: "Size", align: "right", cell: ({ load }) => bytesText(load.bytes) },
];

/** What the folders of files of others would bring if they were looked at now. */
export function SourceFolders({ sources }: { sources: Source[] }) {
  return sources.map(({ name, at, tables, unreadable, error }) => (
    <Card key={name} title={<span className="foreign">Source folder {visibleLine(name)}</span>} aside={<span className="quiet foreign">{visibleLine(at)}{unreadable.files > 0 && `; ${countText(unreadable.files)} files cannot be read`}</span>} flush>
      {error && <ErrorBox error={Object.assign(new Error(error.what), error)} />}
      <Table label={`Tables of ${name}`} columns={columns} rows={tables} rowKey={({ raw }) => raw} />
    </Card>
  ));
}
