import { Empty } from "../../design/components/empty.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { Button } from "../../design/components/button.tsx";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./graph.module.css";
import { factsOf, type Live } from "./node-facts.ts";
import type { Part, Picture } from "./scope.ts";

const rowsMax = 500;
const namesMax = 6;

/** The picture in words. */
export function GraphList({ picture, live, found, onOpen }: { picture: Picture; live: Live; found: ReadonlySet<string> | undefined; onOpen(id: string): void }) {
  const names = new Map(picture.parts.map(({ id, name }) => [id, name]));
  const near = (ids: string[]): string => visibleLine(`${ids.slice(0, namesMax).map((id) => names.get(id)).join(", ")}${ids.length > namesMax ? ` and ${ids.length - namesMax} more` : ""}`);
  const columns: TableColumn<Part>[] = [
    { title: "Name", cell: ({ id, name }) => <Button look="plain" onClick={() => onOpen(id)}>{visibleLine(name.slice(0, 120))}</Button> },
    { title: "Kind", cell: ({ kind, form }) => `${kind}${form === kind ? "" : `, ${form}`}` },
    { title: "State", cell: (part) => <State part={part} live={live} /> },
    { title: "Reads from", cell: ({ id }) => <span className={`foreign ${styles.names}`}>{near(picture.edges.filter(({ to }) => to === id).map(({ from }) => from))}</span> },
    { title: "Goes to", cell: ({ id }) => <span className={`foreign ${styles.names}`}>{near(picture.edges.filter(({ from }) => from === id).map(({ to }) => to))}</span> },
  ];
  const rows = picture.parts.filter(({ id }) => found === undefined || found.has(id));
  if (rows.length === 0) return <Empty title="Nothing is called so" />;
  return (
    <>
      <Table label="The graph as a list" columns={columns} rows={rows.slice(0, rowsMax)} rowKey={({ id }) => id} />
      {rows.length > rowsMax && <p className="quiet">The first {rowsMax} of {rows.length}: search for others by name.</p>}
    </>
  );
}

function State({ part, live }: { part: Part; live: Live }) {
  const { state, tone, line } = factsOf(part, live);
  return (
    <span className={styles.how}>
      {state !== undefined && <StateBadge state={state} tone={tone} />} {line}
    </span>
  );
}
