import { Link } from "@tanstack/react-router";
import { api } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText, counted } from "../../design/format.ts";
import { useStatus } from "../../live/use-status.ts";
import styles from "./groups-tab.module.css";

type Group = Answer<"/api/v1/topics/{topic}/groups">["groups"][number];
type Partition = Group["partitions"][number] & { member: string | undefined };

const columns: TableColumn<Partition>[] = [
  { title: "Partition", cell: ({ partition }) => partition },
  { title: "Next offset", align: "right", cell: ({ offset }) => countText(offset) },
  { title: "Lag", align: "right", cell: ({ lag }) => countText(lag) },
  { title: "Read by", cell: ({ member }) => <span className={`foreign quiet ${styles.member}`}>{member ?? "nobody now"}</span> },
];

/** Who reads the topic, and how far each is behind. */
export function GroupsTab({ topic }: { topic: string }) {
  const query = api.useQuery("get", "/api/v1/topics/{topic}/groups", { params: { path: { topic } } }, { refetchInterval: 2_000 });
  return (
    <Loaded query={query}>
      {({ groups }) => (groups.length === 0 ? <Empty title="Nobody has read it yet">A stage that reads this topic shows up here with its first epoch.</Empty> : groups.map((group) => <GroupCard key={group.group} group={group} />))}
    </Loaded>
  );
}

function GroupCard({ group: { group, members, partitions, lag } }: { group: Group }) {
  const isStage = useStatus().data?.stages.some(({ name }) => name === group);
  const owner = new Map(members.flatMap(({ member, tasks }) => tasks.map((task) => [task, member])));
  const title = isStage ? <Link to="/stages/$stage" params={{ stage: group }} className="foreign">{group}</Link> : <span className="foreign">{group}</span>;
  return (
    <Card title={title} aside={<span className="quiet">{counted(members.length, "reader")} · lag {countText(lag)}</span>} flush>
      <Table label={`Partitions of ${group}`} columns={columns} rows={partitions.map((each) => ({ ...each, member: owner.get(each.partition) }))} rowKey={({ partition }) => String(partition)} />
    </Card>
  );
}
