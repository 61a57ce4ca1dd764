import { useQueries } from "@tanstack/react-query";
import type { Lineage, OutputLineage } from "../../../../src/sql/lineage/lineage.ts";
import { api, client } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { visibleLine } from "../../design/visible-text.ts";
import { type ColumnUse, columnUses } from "./column-uses.ts";

/** Statements of so many datasets are looked into at once: each costs the process of statements some time. */
const readersMax = 12;
const columnsMax = 500;

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
  const isModel = models.data?.models.some((model) => model.name === name) === true;
  const model = api.useQuery("get", "/api/v1/models/{model}", { params: { path: { model: name } } }, { enabled: isModel });
  if (!isModel) return null;
  return (
    <Card title="Where its columns come from" flush>
      <Loaded query={model}>
        {(detail) => {
          const lineage = lineageOf(detail);
          if (!lineage.known) return <Unknown names={[name]} why={lineage.reason} />;
          return <Table label="Columns and where they come from" columns={upColumns} rows={lineage.outputs.slice(0, columnsMax)} rowKey={(output) => output.name} />;
        }}
      </Loaded>
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
  const readers = models.data?.models.filter(({ reads }) => reads.includes(dataset)) ?? [];
  const details = useQueries({
    queries: readers.slice(0, readersMax).map(({ name }) => ({
      queryKey: ["get", "/api/v1/models/{model}", { params: { path: { model: name } } }],
      queryFn: async ({ signal }: { signal: AbortSignal }) => (await client.GET("/api/v1/models/{model}", { params: { path: { model: name } }, signal })).data as ModelDetail,
    })),
  });
  if (readers.length === 0) return null;
  const there = details.flatMap(({ data }) => (data === undefined ? [] : [{ name: data.name, lineage: lineageOf(data) }]));
  const isWaiting = details.some(({ isPending }) => isPending);
  return (
    <Card title="Where its columns go" aside={readers.length > readersMax && <span className="quiet">the first {readersMax} of {readers.length} tables that read it</span>} flush>
      <Loaded query={{ data: isWaiting ? undefined : there, error: details.find(({ error }) => error !== null)?.error }}>
        {(known) => {
          const dark = known.filter(({ lineage }) => !lineage.known).map(({ name }) => name);
          return (
            <>
              <Table label="Columns and where they go" columns={downColumns} rows={columnUses(dataset, known).slice(0, columnsMax)} rowKey={({ from, to, how }) => `${from} ${to} ${how}`} />
              {dark.length > 0 && <Unknown names={dark} why="their statements are not understood to the column" />}
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}

const Unknown = ({ names, why }: { names: string[]; why: string }) => <p className="foreign">Not known of {visibleLine(names.join(", "))}: {visibleLine(why)}</p>;
