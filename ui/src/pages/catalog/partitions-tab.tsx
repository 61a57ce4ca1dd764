import { keepPreviousData } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { VirtualTable, type VirtualColumn } from "../../design/components/virtual-table.tsx";
import { bytesText, countText, counted } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { followedQuery, useFollowed } from "../../live/use-followed.ts";
import styles from "./catalog.module.css";

const pageSize = 500;
const rowPx = 38;
const valueMax = 200;

type Partitions = Answer<"/api/v1/tables/{table}/partitions">;
type Partition = Partitions["partitions"][number];

const sizes: VirtualColumn<Partition>[] = [
  { title: "Rows", align: "right", width: "110px", cell: ({ rows }) => countText(rows) },
  { title: "Files", align: "right", width: "110px", cell: ({ files }) => countText(files) },
  { title: "Size", align: "right", width: "110px", cell: ({ bytes }) => bytesText(bytes) },
];

/** No value is told from the text, and both from a field that the partition does not have. */
function PartitionValue({ value }: { value: string | null | undefined }) {
  if (value === undefined) return "–";
  return value === null ? <i className="quiet">null</i> : <span className="foreign">{visibleLine(value.slice(0, valueMax))}</span>;
}

/** The first so many pages, all of one version. */
async function firstPages(table: string, pages: number, signal: AbortSignal): Promise<Partitions> {
  const ask = async (after?: string) => (await client.GET("/api/v1/tables/{table}/partitions", { params: { path: { table }, query: { limit: pageSize, after } }, signal })).data as Partitions;
  let found = await ask();
  for (let page = 1; page < pages && found.next !== null; page++) {
    const more = await ask(found.next);
    found = { ...found, partitions: [...found.partitions, ...more.partitions], next: more.next };
  }
  return found;
}

/** What lies in each partition, the greatest value first. */
export function PartitionsTab({ name }: { name: string }) {
  const [pages, setPages] = useState(1);
  const of = { kind: "table", name };
  const query = followedQuery(of, ["get", "/api/v1/tables/{table}/partitions", pages], (signal) => firstPages(name, pages, signal));
  const found = useFollowed(of, { ...query, placeholderData: keepPreviousData });
  return (
    <Loaded query={found}>
      {({ by, deletedRows, count, partitions, next }) => {
        const names = [...new Set([...by.map((field) => field.name), ...partitions.flatMap(({ values }) => Object.keys(values))])];
        if (names.length === 0) return <Card><Empty title="It is not partitioned"><p>Declare partitionBy, and a statement reads only what it asks for.</p></Empty></Card>;
        const columns = names.map((field): VirtualColumn<Partition> => ({ title: visibleLine(field), width: "minmax(140px, 1fr)", cell: ({ values }) => <PartitionValue value={values[field]} /> }));
        const fields = by.map(({ column, transform }) => (transform === "identity" ? column : `${column}, by ${transform}`)).join("; ");
        return (
          <Card title={counted(count, "partition")} aside={<span className="quiet foreign">{visibleLine(fields)}{count > partitions.length && `; ${countText(partitions.length)} of them are shown`}</span>} flush>
            {deletedRows > 0 && <p className={styles.note}>{counted(deletedRows, "row")} of them {deletedRows === 1 ? "is" : "are"} deleted, and counted here until the files are compacted.</p>}
            {partitions.length === 0 ? <Empty title="There are no rows yet" /> : <VirtualTable label="Partitions" columns={[...columns, ...sizes]} rows={partitions} rowPx={rowPx} rowKey={({ spec, values }) => `${spec} ${JSON.stringify(values)}`} />}
            {next !== null && (
              <div className={styles.more}>
                <Button onClick={() => setPages(Math.ceil(partitions.length / pageSize) + 1)}>Show more</Button>
              </div>
            )}
          </Card>
        );
      }}
    </Loaded>
  );
}
