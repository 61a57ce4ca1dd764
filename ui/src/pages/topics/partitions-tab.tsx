import { Link } from "@tanstack/react-router";
import { Card } from "../../design/components/card.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { bytesText, countText } from "../../design/format.ts";
import type { TopicInfo } from "./topic-page.tsx";

type Partition = TopicInfo["partitionInfo"][number];

const columns: TableColumn<Partition>[] = [
  { title: "Partition", cell: ({ partition, start }) => <Link to="." search={((search: object) => ({ ...search, tab: undefined, partition: String(partition), offset: String(start) })) as never}>{partition}</Link> },
  { title: "First offset", align: "right", cell: ({ start }) => countText(start) },
  { title: "End", align: "right", cell: ({ end }) => countText(end) },
  { title: "Records", align: "right", cell: ({ records }) => countText(records) },
  { title: "Size", align: "right", cell: ({ bytes }) => bytesText(bytes) },
  { title: "Latest event time", align: "right", cell: ({ eventTimeMax }) => <Moment at={eventTimeMax} /> },
];

export function PartitionsTab({ info }: { info: TopicInfo }) {
  return (
    <Card flush>
      <Table label="Partitions" columns={columns} rows={info.partitionInfo} rowKey={({ partition }) => String(partition)} />
    </Card>
  );
}
