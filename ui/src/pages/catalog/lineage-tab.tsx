import { Link } from "@tanstack/react-router";
import type { Lineage } from "../../../../src/sql/lineage/lineage.ts";
import { api } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { type Neighbour, neighbours } from "./neighbours.ts";

/** What it is made of, and what is made of it: one step each way, and down to the column where a statement makes it. */
export function LineageTab({ kind, name }: { kind: string; name: string }) {
  const graph = api.useQuery("get", "/api/v1/graph");
  const models = api.useQuery("get", "/api/v1/models");
  const isModel = models.data?.models.some((model) => model.name === name) === true;
  const model = api.useQuery("get", "/api/v1/models/{model}", { params: { path: { model: name } } }, { enabled: isModel });
  return (
    <Loaded query={graph}>
      {(known) => {
        const { up, down } = neighbours(known, kind, name);
        return (
          <>
            <Side title="Comes from" places={up} none="Nothing that is declared writes it" />
            <Side title="Goes to" places={down} none="Nothing that is declared reads it" />
            {model.data && <Columns lineage={model.data.lineage as unknown as Lineage} />}
          </>
        );
      }}
    </Loaded>
  );
}

const sides: TableColumn<Neighbour>[] = [
  { title: "Kind", cell: ({ kind }) => kind },
  { title: "Name", cell: ({ name, to }) => (to === undefined ? <span className="foreign">{name}</span> : <Link to={to} className="foreign">{name}</Link>) },
];

function Side({ title, places, none }: { title: string; places: Neighbour[]; none: string }) {
  return (
    <Card title={title} flush>
      {places.length === 0 ? <Empty title={none} /> : <Table label={title} columns={sides} rows={places} rowKey={({ kind, name }) => `${kind} ${name}`} />}
    </Card>
  );
}

function Columns({ lineage }: { lineage: Lineage }) {
  if (!lineage.known) return <Card title="Where its columns come from"><p className="foreign">Not known: {lineage.reason}</p></Card>;
  return (
    <Card title="Where its columns come from" flush>
      <Table
        label="Columns and where they come from"
        columns={[
          { title: "Column", cell: ({ name }) => <span className="foreign">{name}</span> },
          { title: "From", cell: ({ inputs }) => <span className="foreign">{inputs.map(({ dataset, column, kind, masked }) => `${dataset}.${column}${kind === "identity" ? "" : ` (${kind})`}${masked ? ", masked" : ""}`).join("; ")}</span> },
        ]}
        rows={lineage.outputs}
        rowKey={({ name }) => name}
      />
    </Card>
  );
}
