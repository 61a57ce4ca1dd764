import { Link } from "@tanstack/react-router";
import { Card } from "../../design/components/card.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { bytesText, countText } from "../../design/format.ts";
import styles from "./query-result.module.css";
import type { QueryView } from "./ended-query.ts";

type Read = QueryView["reads"][number];

const readColumns: TableColumn<Read>[] = [
  { title: "Dataset", cell: ({ dataset }) => <span className="foreign">{dataset}</span> },
  { title: "Kind", cell: ({ kind }) => kind },
  { title: "Version", cell: ({ snapshot }) => snapshot ?? "–" },
  { title: "Files", align: "right", cell: ({ files, filesPruned }) => `${countText(files)}${filesPruned > 0 ? ` of ${countText(files + filesPruned)}` : ""}` },
  { title: "Size", align: "right", cell: ({ bytes }) => bytesText(bytes) },
];

interface Output {
  name: string;
  inputs: { dataset: string; column: string; kind: string }[];
}

const lineageMax = 300;

const lineageColumns: TableColumn<Output>[] = [
  { title: "Column", cell: ({ name }) => <span className="foreign">{name.slice(0, 200)}</span> },
  { title: "Comes from", cell: ({ inputs }) => <span className="foreign">{inputs.map(({ dataset, column, kind }) => `${dataset}.${column}${kind === "identity" ? "" : ` (${kind})`}`).join(", ").slice(0, 1_000) || "a constant"}</span> },
];

/** What is known of a statement that was run: when, for whom, over what, and where its columns come from. */
export function QueryDetails({ view }: { view: QueryView }) {
  const lineage = view.lineage as { known: true; outputs: Output[] } | { known: false; reason: string } | null;
  return (
    <div className={styles.details}>
      <dl className={styles.pairs}>
        <dt>Query</dt>
        <dd>
          <code>{view.id}</code>
        </dd>
        <dt>Asked by</dt>
        <dd className="foreign">{view.by ?? "–"}</dd>
        <dt>Begun</dt>
        <dd>
          <Moment at={view.createdAt} />
        </dd>
        <dt>Ended</dt>
        <dd>
          <Moment at={view.endedAt} />
        </dd>
        <dt>Result kept until</dt>
        <dd>
          <Moment at={view.resultUntil} /> {view.cost.resultBytes !== null && `(${bytesText(view.cost.resultBytes)})`}
        </dd>
      </dl>
      <pre className={styles.text}>
        <ForeignText text={view.sql} />
      </pre>
      <Card title="Read" flush>
        {view.reads.length === 0 ? <p className={styles.waiting}>No dataset.</p> : <Table label="Datasets that were read" columns={readColumns} rows={view.reads} rowKey={({ dataset, snapshot }) => `${dataset} ${snapshot}`} />}
      </Card>
      {lineage?.known && (
        <Card title="Columns" aside={lineage.outputs.length > lineageMax && <span className="quiet">the first {lineageMax}</span>} flush>
          <Table label="Where the columns come from" columns={lineageColumns} rows={lineage.outputs.slice(0, lineageMax)} rowKey={(output) => String(lineage.outputs.indexOf(output))} />
        </Card>
      )}
      {lineage?.known === false && <p className="quiet foreign">Where the columns come from is not known: {lineage.reason}</p>}
      <p>
        <Link to="/graph" className="quiet">
          See these in the graph
        </Link>
      </p>
    </div>
  );
}
