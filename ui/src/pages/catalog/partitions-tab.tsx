import { api } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { partitionsSql } from "./catalog-entry.ts";
import { RowsCard } from "./rows-card.tsx";

const partitionsMax = 1_000;

/** Rows by partition, the latest first. */
export function PartitionsTab({ name }: { name: string }) {
  const table = api.useQuery("get", "/api/v1/tables/{table}", { params: { path: { table: name } } });
  return (
    <Loaded query={table}>
      {(detail) => {
        const sql = partitionsSql(detail, partitionsMax);
        const by = detail.partitionBy.map(({ column, transform }) => `${column} by ${transform}`).join(", ");
        if (sql === undefined) return <Card><Empty title={by === "" ? "It is not partitioned" : `Partitioned by ${by}`} /></Card>;
        return <RowsCard title={`Partitioned by ${by}`} sql={sql} limit={partitionsMax} none="There are no rows yet" />;
      }}
    </Loaded>
  );
}
