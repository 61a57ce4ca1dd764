import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useInfiniteQuery } from "@tanstack/react-query";
import { client } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Choice, TextField } from "../../design/components/field.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { bytesText, countText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./catalog.module.css";
import type { EntrySummary } from "./catalog-entry.ts";

const pageSize = 200;
const kinds = [{ value: "", title: "All kinds" }, { value: "database", title: "Databases" }, { value: "table", title: "Tables" }, { value: "topic", title: "Topics" }];

const columns: TableColumn<EntrySummary>[] = [
  { title: "Name", cell: ({ kind, name, description }) => <><Link to="/catalog/$kind/$entry" params={{ kind, entry: name }} className="foreign">{visibleLine(name)}</Link>{description !== null && <span className={`${styles.below} foreign`}>{visibleLine(description.slice(0, 300))}</span>}</> },
  { title: "Kind", cell: ({ kind, form }) => (kind === form || form === "declared" ? kind : `${kind}, ${form}`) },
  { title: "Owner", cell: ({ owner }) => <span className="foreign">{owner && visibleLine(owner.slice(0, 100))}</span> },
  { title: "Tags", cell: ({ tags, personal }) => <span className="foreign">{visibleLine([...tags, ...personal.map((each) => `personal: ${each}`)].join(", ").slice(0, 300))}</span> },
  { title: "Columns", align: "right", cell: ({ columns, kind }) => (kind === "database" ? "" : countText(columns)) },
  { title: "Rows", align: "right", cell: ({ facts }) => (facts.rows === undefined ? "" : countText(facts.rows)) },
  { title: "Size", align: "right", cell: ({ facts }) => (facts.bytes === undefined ? "" : bytesText(facts.bytes)) },
  { title: "Quality", cell: ({ facts: { quality } }) => quality && <StateBadge state={quality.broken.length === 0 ? "passed" : `${quality.broken.length} broken`} tone={quality.broken.length === 0 ? "ok" : "bad"} /> },
  { title: "Changed", cell: ({ facts }) => facts.updatedAt !== undefined && <Moment at={facts.updatedAt} /> },
];

/** All datasets, or those that have some words. */
export default function CatalogPage() {
  const { find, kind } = useSearch({ from: "/shell/catalog" });
  const navigate = useNavigate();
  const entries = useInfiniteQuery({
    queryKey: ["get", "/api/v1/catalog", { find, kind }],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => (await client.GET("/api/v1/catalog", { params: { query: { q: find, kind: kind as "table" | undefined, limit: pageSize, after: pageParam } }, signal })).data as Answer<"/api/v1/catalog">,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const set = (change: { find?: string; kind?: string }): void => void navigate({ to: "/catalog", search: { find, kind, ...change }, replace: true });
  return (
    <Page
      title="Catalog"
      actions={
        <>
          <Choice label="Kind" bare options={kinds} value={kind ?? ""} onChange={(event) => set({ kind: event.target.value || undefined })} />
          <TextField label="Search names, columns, descriptions" bare placeholder="Search names, columns, words" value={find ?? ""} onChange={(event) => set({ find: event.target.value || undefined })} />
        </>
      }
    >
      <Loaded query={entries}>
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.entries);
          return (
            <Card flush>
              {rows.length === 0 ? (
                <Empty title={find === undefined ? "The catalog is empty" : "Nothing has these words"}>{find === undefined && <p>Declare a topic or a table, or let a crawler look: millrace crawl &lt;folder&gt;</p>}</Empty>
              ) : (
                <Table label="Catalog" columns={columns} rows={rows} rowKey={(row) => `${row.kind} ${row.name}`} />
              )}
              {entries.hasNextPage && (
                <div className={styles.more}>
                  <Button disabled={entries.isFetchingNextPage} onClick={() => void entries.fetchNextPage()}>
                    Show more
                  </Button>
                </div>
              )}
            </Card>
          );
        }}
      </Loaded>
    </Page>
  );
}
