import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, client } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { ApiError } from "../../api/api-error.ts";
import styles from "./schema-tab.module.css";
import type { TopicInfo } from "./topic-page.tsx";
import { WholeSchema } from "./whole-schema.tsx";

type Column = NonNullable<TopicInfo["columns"]>[number];

const columns = ({ key, eventTime }: TopicInfo): TableColumn<Column>[] => [
  { title: "Field", cell: ({ name }) => <><span className="foreign">{name}</span> <span className="quiet">{[name === key && "key", name === eventTime && "event time"].filter(Boolean).join(", ")}</span></> },
  { title: "Type", cell: ({ type }) => <code>{type}</code> },
  { title: "May be null", cell: ({ nullable }) => (nullable ? "yes" : "no") },
  { title: "May be absent", cell: ({ optional }) => (optional ? "yes" : "no") },
];

/** The fields of the topic's records, and how they have changed. `opened`: the release whose version is looked at. */
export function SchemaTab({ info, opened }: { info: TopicInfo; opened: string | undefined }) {
  const query = api.useQuery("get", "/api/v1/topics/{topic}/schemas", { params: { path: { topic: info.name } } });
  if (info.columns === undefined) return <Empty title="Its schema is not known">No release that runs declares this topic. Its records can be read all the same.</Empty>;
  return (
    <>
      <Card title="Fields" flush>
        <Table label="Fields" columns={columns(info)} rows={info.columns} rowKey={({ name }) => name} />
      </Card>
      <Loaded query={query}>
        {({ schemas }) => (
          <>
            <Versions topic={info.name} kept={new Set(schemas.map(({ release }) => release))} />
            <WholeSchema now={info.schema} schemas={schemas} opened={opened} />
          </>
        )}
      </Loaded>
    </>
  );
}

/** The catalog looks at each release a moment after it was brought up: until then it has none. */
async function versionsOf(topic: string, signal: AbortSignal) {
  try {
    return (await client.GET("/api/v1/catalog/{kind}/{entry}/versions", { params: { path: { kind: "topic", entry: topic } }, signal })).data?.versions ?? [];
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

/** @param kept - releases whose whole schema is there */
function Versions({ topic, kept }: { topic: string; kept: ReadonlySet<string> }) {
  const query = useQuery({ queryKey: ["get", "/api/v1/catalog/{kind}/{entry}/versions", "all", topic], queryFn: ({ signal }) => versionsOf(topic, signal) });
  return (
    <Card title="Versions" flush>
      <Loaded query={query}>
        {(versions) =>
          versions.length === 0 ? (
            <Empty title="One version so far">When a release changes the schema, the differences stand here.</Empty>
          ) : (
            <ol className={styles.versions}>
              {versions.map(({ version, at, by, changes }) => (
                <li key={version}>
                  <span>
                    <Moment at={at} /> <span className="quiet foreign">{by.kind}{by.name === undefined ? "" : ` ${by.name}`}</span>{" "}
                    {by.kind === "project" && by.name !== undefined && kept.has(by.name) && <Link to="." search={((search: object) => ({ ...search, schema: by.name })) as never} resetScroll={false}>whole schema</Link>}
                  </span>
                  <ul>
                    {changes.map((change) => (
                      <li key={change}><ForeignText text={change} /></li>
                    ))}
                  </ul>
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </Card>
  );
}
