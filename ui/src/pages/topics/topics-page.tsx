import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import type { TopicStatus } from "../../api/types.ts";
import { Ago } from "../../design/components/ago.tsx";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { TextField } from "../../design/components/field.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { Switcher } from "../../design/components/switcher.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import toolbar from "../../design/components/toolbar.module.css";
import { bytesText, countText, rateText } from "../../design/format.ts";
import { useSearchText } from "../../design/use-search-text.ts";
import { useStatus } from "../../live/use-status.ts";
import { pipelinesQuery } from "../overview/overview-queries.ts";

const columns: TableColumn<TopicStatus>[] = [
  { title: "Topic", cell: ({ name }) => <Link to="/topics/$topic" params={{ topic: name }} className="foreign">{name}</Link> },
  { title: "Comes in", align: "right", cell: ({ recordsPerSecond }) => rateText(recordsPerSecond) },
  { title: "Records", align: "right", cell: ({ records }) => countText(records) },
  { title: "Size", align: "right", cell: ({ bytes }) => bytesText(bytes) },
  { title: "Partitions", align: "right", cell: ({ partitions }) => countText(partitions) },
  { title: "Newest record", align: "right", cell: ({ newestAt }) => <Ago at={newestAt} /> },
];

const shownMax = 300;

export default function TopicsPage() {
  const { q, internal } = useSearch({ from: "/shell/topics" });
  const [text, write] = useSearchText("q", q);
  const status = useStatus();
  // Dead letters and the ways back from them are topics too, and seldom what is looked for.
  const pipelines = useQuery(pipelinesQuery()).data?.pipelines;
  const own = pipelines && new Set(pipelines.flatMap(({ topics }) => topics));
  return (
    <Page title="Topics">
      <div className={toolbar.toolbar}>
        <div className={toolbar.grow}>
          <TextField label="Find topics by name" bare placeholder="Find by name" value={text} onChange={({ target }) => write(target.value)} />
        </div>
        <Switcher label="Which" name="internal" options={[{ value: "no", title: "Of pipelines" }, { value: "all", title: "All" }]} current={internal} />
      </div>
      <Loaded query={status}>
        {({ topics }) => {
          const words = text.toLowerCase().split(/\s+/).filter(Boolean);
          const found = topics.filter(({ name }) => (internal === "all" || own === undefined || own.has(name)) && words.every((word) => name.toLowerCase().includes(word)));
          if (topics.length === 0) return <Empty title="No topic yet">Declare one with topic(…) in the project: it is made when Millrace is brought up again.</Empty>;
          if (found.length === 0) return <Empty title="No topic is called so">{internal === "all" ? "Look for another name." : "Dead letters and the like show under All."}</Empty>;
          return (
            <>
              <Card flush>
                <Table label="Topics" columns={columns} rows={found.slice(0, shownMax)} rowKey={({ name }) => name} />
              </Card>
              {found.length > shownMax && <p className="quiet">{countText(found.length - shownMax)} more: look for a name.</p>}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
