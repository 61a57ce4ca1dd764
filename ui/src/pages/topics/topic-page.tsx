import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useState } from "react";
import type { Answer } from "../../api/types.ts";
import { Ago } from "../../design/components/ago.tsx";
import { Button } from "../../design/components/button.tsx";
import { Facts } from "../../design/components/facts.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { Tabs } from "../../design/components/tabs.tsx";
import { bytesText, countText, durationText } from "../../design/format.ts";
import { useStatus } from "../../live/use-status.ts";
import { GroupsTab } from "./groups-tab.tsx";
import { PartitionsTab } from "./partitions-tab.tsx";
import { ProduceDialog } from "./produce-dialog.tsx";
import { RecordsTab } from "./records-tab.tsx";
import { SchemaTab } from "./schema-tab.tsx";
import { topicQuery } from "./topic-queries.ts";

export type TopicInfo = Answer<"/api/v1/topics/{topic}">;

const tabs = [{ name: "records", title: "Records" }, { name: "schema", title: "Schema" }, { name: "partitions", title: "Partitions" }, { name: "groups", title: "Groups and lag" }];

export default function TopicPage() {
  const { topic: name } = useParams({ from: "/shell/topics/$topic" });
  const search = useSearch({ from: "/shell/topics/$topic" });
  const { tab = "records" } = search;
  const query = useQuery({ ...topicQuery(name), refetchInterval: 5_000 });
  const [produces, setProduces] = useState(false);
  const info = query.data;
  const canProduce = info?.schema !== undefined && info.internal === undefined;
  return (
    <Page title={name} actions={canProduce && <Button icon={<Plus size={14} />} onClick={() => setProduces(true)}>Produce a record</Button>}>
      <Loaded query={query}>
        {(info) => (
          <>
            <Standing info={info} />
            <Tabs tabs={tabs} current={tab} />
            {tab === "records" && <RecordsTab info={info} search={search} />}
            {tab === "schema" && <SchemaTab info={info} opened={search.schema} />}
            {tab === "partitions" && <PartitionsTab info={info} />}
            {tab === "groups" && <GroupsTab topic={name} />}
            {produces && <ProduceDialog info={info} onClose={() => setProduces(false)} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Standing({ info: { name, partitions, key, eventTime, retentionMs, retentionBytes, compact, writtenBy, readBy } }: { info: TopicInfo }) {
  const live = useStatus().data?.topics.find((each) => each.name === name);
  const kept = [retentionMs !== undefined && durationText(retentionMs), retentionBytes !== undefined && bytesText(retentionBytes), compact && "the newest of each key"].filter(Boolean).join(", ");
  return (
    <Facts
      look="figures"
      facts={[
        ["Records", countText(live?.records), bytesText(live?.bytes)],
        ["Newest record", <Ago key="v" at={live?.newestAt} />],
        ["Partitions", countText(partitions), key === undefined ? "no key" : `by ${key}`],
        ["Kept", kept || "for ever", eventTime === undefined ? "time of arrival" : `event time: ${eventTime}`],
        ["Written by", <Stages key="v" names={writtenBy} />],
        ["Read by", <Stages key="v" names={readBy} />],
      ]}
    />
  );
}

const namesMax = 4;

function Stages({ names }: { names: string[] }) {
  if (names.length === 0) return "–";
  return (
    <small>
      {names.slice(0, namesMax).map((name, i) => (
        <span key={name}>
          {i > 0 && ", "}
          <Link to="/stages/$stage" params={{ stage: name }} className="foreign">{name}</Link>
        </span>
      ))}
      {names.length > namesMax && ` and ${names.length - namesMax} more`}
    </small>
  );
}
