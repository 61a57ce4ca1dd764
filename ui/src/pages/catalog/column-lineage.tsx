import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import type { Lineage, OutputLineage } from "../../../../src/sql/lineage/lineage.ts";
import { api, client } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./catalog.module.css";
import { type ColumnUse, columnUses } from "./column-uses.ts";
import { unbuiltBehind } from "./unbuilt-behind.ts";

/** Statements of so many datasets are looked into at once: each costs the process of statements some time. */
const readersMax = 12;
const columnsMax = 500;

type Model = Answer<"/api/v1/models">["models"][number];
type ModelDetail = Answer<"/api/v1/models/{model}">;

const lineageOf = (model: ModelDetail): Lineage => model.lineage as unknown as Lineage;
const word = (text: string) => <span className="foreign">{visibleLine(text.slice(0, 300))}</span>;

const upColumns: TableColumn<OutputLineage>[] = [
  { title: "Column", cell: ({ name }) => word(name) },
  { title: "From", cell: ({ inputs }) => word(inputs.map(({ dataset, column, kind, masked }) => `${dataset}.${column}${kind === "identity" ? "" : ` (${kind})`}${masked ? ", masked" : ""}`).join("; ")) },
];

/** Of a table that a statement makes: from which columns each of its own comes. */
export function ColumnsUp({ name }: { name: string }) {
  const models = api.useQuery("get", "/api/v1/models");
  const all = models.data?.models ?? [];
  const own = all.find((model) => model.name === name);
  const unbuilt = own === undefined ? [] : unbuiltBehind(own, all);
  const model = api.useQuery("get", "/api/v1/models/{model}", { params: { path: { model: name } } }, { enabled: own !== undefined && unbuilt.length === 0 });
  if (own === undefined) return null;
  return (
    <Card title="Where its columns come from" flush>
      {unbuilt.length > 0 ? <Unbuilt name={name} behind={unbuilt} /> : <Loaded query={model}>
        {(detail) => {
          const lineage = lineageOf(detail);
          if (!lineage.known) return <Unknown names={[name]} why={lineage.reason} />;
          return <Table label="Columns and where they come from" columns={upColumns} rows={lineage.outputs.slice(0, columnsMax)} rowKey={(output) => output.name} />;
        }}
      </Loaded>}
    </Card>
  );
}

const downColumns: TableColumn<ColumnUse>[] = [
  { title: "Column", cell: ({ from }) => word(from) },
  { title: "Goes to", cell: ({ to }) => word(to) },
  { title: "As", cell: ({ how }) => how },
];

/** Into which columns of other tables its own go, and which rows they choose there. */
export function ColumnsDown({ dataset }: { dataset: string }) {
  const models = api.useQuery("get", "/api/v1/models");
  const all = models.data?.models ?? [];
  const readers = all.filter(({ reads }) => reads.includes(dataset));
  const unbuilt = readers.map((model) => ({ name: model.name, behind: unbuiltBehind(model, all) })).filter(({ behind }) => behind.length > 0);
  const askable = readers.filter(({ name }) => unbuilt.every((each) => each.name !== name));
  const details = useQueries({
    queries: askable.slice(0, readersMax).map(({ name }) => ({
      queryKey: ["get", "/api/v1/models/{model}", { params: { path: { model: name } } }],
      queryFn: async ({ signal }: { signal: AbortSignal }) => (await client.GET("/api/v1/models/{model}", { params: { path: { model: name } }, signal })).data as ModelDetail,
    })),
  });
  if (readers.length === 0) return null;
  const there = details.flatMap(({ data }) => (data === undefined ? [] : [{ name: data.name, lineage: lineageOf(data) }]));
  const isWaiting = details.some(({ isPending }) => isPending);
  return (
    <Card title="Where its columns go" aside={askable.length > readersMax && <span className="quiet">the first {readersMax} of {askable.length} tables that read it</span>} flush>
      {unbuilt.map(({ name, behind }) => <Unbuilt key={name} name={name} behind={behind} />)}
      {details.map(({ error }, i) => error !== null && <Unknown key={askable[i].name} names={[askable[i].name]} why={error.message} />)}
      <Loaded query={{ data: isWaiting ? undefined : there, error: null }}>
        {(known) => {
          const dark = known.filter(({ lineage }) => !lineage.known).map(({ name }) => name);
          return (
            <>
              {known.length > 0 && <Table label="Columns and where they go" columns={downColumns} rows={columnUses(dataset, known).slice(0, columnsMax)} rowKey={({ from, to, how }) => `${from} ${to} ${how}`} />}
              {dark.length > 0 && <Unknown names={dark} why="their statements are not understood to the column" />}
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}

/** A statement can be followed to the column once the tables that it reads are there. */
function Unbuilt({ name, behind }: { name: string; behind: Model[] }) {
  return (
    <p className={`${styles.note} foreign`}>
      Not known of {visibleLine(name)} yet: it reads {visibleLine(behind.map((model) => model.name).join(", "))}, which {behind.length === 1 ? "was" : "were"} never built.
      {behind.flatMap(({ dag }) => dag ?? []).slice(0, 1).map((dag) => <Fragment key={dag}> Run the DAG <Link to="/dags/$dag" params={{ dag }}>{visibleLine(dag)}</Link> to build it.</Fragment>)}
    </p>
  );
}

const Unknown = ({ names, why }: { names: string[]; why: string }) => <p className={`${styles.note} foreign`}>Not known of {visibleLine(names.join(", "))}: {visibleLine(why)}</p>;
