import { Link } from "@tanstack/react-router";
import { api } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { visibleLine } from "../../design/visible-text.ts";
import { ColumnsDown, ColumnsUp } from "./column-lineage.tsx";
import { type Neighbour, neighbours, type Place } from "./neighbours.ts";

/** Of what it is made, and what is made of it: one step each way, and down to the column where statements make it. */
export function LineageTab({ kind, name }: { kind: string; name: string }) {
  const graph = api.useQuery("get", "/api/v1/graph");
  return (
    <Loaded query={graph}>
      {(known) => {
        const { up, down } = neighbours(known, kind, name);
        return (
          <>
            <Side title="Comes from" places={up} none="Nothing that is declared writes it" />
            <Side title="Goes to" places={down} none="Nothing that is declared reads it" />
            <ColumnsUp name={name} />
            <ColumnsDown dataset={kind === "topic" ? `topics.${name}` : name} />
          </>
        );
      }}
    </Loaded>
  );
}

const sides: TableColumn<Neighbour>[] = [
  { title: "Dataset", cell: ({ dataset }) => (dataset === undefined ? <span className="quiet">outside</span> : <PlaceLink place={dataset} />) },
  { title: "By", cell: ({ by }) => (by === undefined ? <span className="quiet">its statement</span> : <PlaceLink place={by} />) },
];

function PlaceLink({ place: { kind, name, to } }: { place: Place }) {
  const words = <span className="foreign">{visibleLine(name.slice(0, 200))}</span>;
  return (
    <>
      <span className="quiet">{kind}</span> {to === undefined ? words : <Link to={to} search={(to.startsWith("/catalog/") ? { tab: "lineage" } : {}) as never}>{words}</Link>}
    </>
  );
}

function Side({ title, places, none }: { title: string; places: Neighbour[]; none: string }) {
  return (
    <Card title={title} flush>
      {places.length === 0 ? <Empty title={none} /> : <Table label={title} columns={sides} rows={places} rowKey={({ dataset, by }) => `${dataset?.kind} ${dataset?.name} ${by?.kind} ${by?.name}`} />}
    </Card>
  );
}
