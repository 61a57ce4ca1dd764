import { Link } from "@tanstack/react-router";
import type { Manifest } from "../../../../src/model/manifest.ts";
import { api } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { Table } from "../../design/components/table.tsx";
import { type Neighbour, neighbours } from "./neighbours.ts";

/** What it is made of, and what is made of it: one step each way, and down to the column where a statement makes it. */
export function LineageTab({ kind, name }: { kind: string; name: string }) {
  const manifest = api.useQuery("get", "/api/v1/manifest");
  const models = api.useQuery("get", "/api/v1/models");
  const isModel = models.data?.models.some((model) => model.name === name) === true;
  const model = api.useQuery("get", "/api/v1/models/{model}", { params: { path: { model: name } } }, { enabled: isModel });
  return (
    <Loaded query={{ data: manifest.data && models.data && neighbours(manifest.data as unknown as Manifest, models.data.models, kind, name), error: manifest.error ?? models.error }}>
      {({ up, down }) => (
        <>
          <Side title="Comes from" places={up} none="Nothing in the project writes it" />
          <Side title="Goes to" places={down} none="Nothing in the project reads it" />
          {model.data && (
            <Card title="Where its columns come from" flush>
              <Table
                label="Columns and where they come from"
                columns={[
                  { title: "Column", cell: ({ name }) => <span className="foreign">{name}</span> },
                  { title: "From", cell: ({ from }) => <span className="foreign">{from.map((source) => `${source.table}.${source.column}${source.by === undefined ? "" : ` (${source.by})`}`).join(", ")}</span> },
                ]}
                rows={columnsOf(model.data)}
                rowKey={({ name }) => name}
              />
            </Card>
          )}
        </>
      )}
    </Loaded>
  );
}

function Side({ title, places, none }: { title: string; places: Neighbour[]; none: string }) {
  return (
    <Card title={title} flush>
      {places.length === 0 ? (
        <Empty title={none} />
      ) : (
        <Table label={title} columns={[{ title: "Kind", cell: ({ kind }) => kind }, { title: "Name", cell: ({ kind, name, to }) => (to === undefined ? <span className="foreign">{name}</span> : <Link to={to} className="foreign" aria-label={`${kind} ${name}`}>{name}</Link>) }]} rows={places} rowKey={({ kind, name }) => `${kind} ${name}`} />
      )}
    </Card>
  );
}
