import { api } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { bytesText, countText, counted } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./catalog.module.css";

const partitionsMax = 500;
const valueMax = 200;

type Partition = Answer<"/api/v1/tables/{table}/partitions">["partitions"][number];

const sizes: TableColumn<Partition>[] = [
  { title: "Rows", align: "right", cell: ({ rows }) => countText(rows) },
  { title: "Files", align: "right", cell: ({ files }) => countText(files) },
  { title: "Size", align: "right", cell: ({ bytes }) => bytesText(bytes) },
];

/** No value is told from the text, and both from a field that the partition does not have. */
function PartitionValue({ value }: { value: string | null | undefined }) {
  if (value === undefined) return "–";
  return value === null ? <i className="quiet">null</i> : <span className="foreign">{visibleLine(value.slice(0, valueMax))}</span>;
}

/** What lies in each partition, the greatest value first. */
export function PartitionsTab({ name }: { name: string }) {
  const found = api.useQuery("get", "/api/v1/tables/{table}/partitions", { params: { path: { table: name }, query: { limit: partitionsMax } } });
  return (
    <Loaded query={found}>
      {({ by, deletedRows, count, partitions }) => {
        const names = [...new Set([...by.map((field) => field.name), ...partitions.flatMap(({ values }) => Object.keys(values))])];
        if (names.length === 0) return <Card><Empty title="It is not partitioned"><p>Declare partitionBy, and a statement reads only what it asks for.</p></Empty></Card>;
        const columns = names.map((field): TableColumn<Partition> => ({ title: visibleLine(field), cell: ({ values }) => <PartitionValue value={values[field]} /> }));
        const of = by.map(({ column, transform }) => (transform === "identity" ? column : `${column}, by ${transform}`)).join("; ");
        return (
          <Card title={counted(count, "partition")} aside={<span className="quiet foreign">{visibleLine(of)}{count > partitions.length && `; the first ${countText(partitions.length)} are shown`}</span>} flush>
            {deletedRows > 0 && <p className={styles.note}>{counted(deletedRows, "row")} of them {deletedRows === 1 ? "is" : "are"} deleted, and counted here until the files are compacted.</p>}
            {partitions.length === 0 ? <Empty title="There are no rows yet" /> : <Table label="Partitions" columns={[...columns, ...sizes]} rows={partitions} rowKey={({ spec, values }) => `${spec} ${JSON.stringify(values)}`} />}
          </Card>
        );
      }}
    </Loaded>
  );
}
