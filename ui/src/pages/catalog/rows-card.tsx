import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { client } from "../../api/client.ts";
import type { PostAnswer } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { countText } from "../../design/format.ts";
import { ResultGrid } from "../sql/result-grid.tsx";
import { useQueryView } from "../sql/use-query-view.ts";
import styles from "./catalog.module.css";

type Submitted = PostAnswer<"/api/v1/queries">;

/** Long enough that most statements are answered in one call. */
const waitSeconds = 10;
/** A statement is not asked again while somebody goes back and forth between tabs. */
const staleMs = 60_000;

/** Rows of a statement that the page makes, at most `limit` of them. The statement runs in a process of its own, as a person's would. */
export function RowsCard({ title, sql, limit, none, aside }: { title: string; sql: string; limit: number; none: string; aside?: ReactNode }) {
  const query = useQuery({
    queryKey: ["rows", sql, limit],
    queryFn: async ({ signal }) => (await client.POST("/api/v1/queries", { body: { sql: `select * from (${sql}) limit ${limit}`, timeout: "10m", wait: waitSeconds, by: "catalog" }, signal })).data as Submitted,
    staleTime: staleMs,
  });
  const view = useQueryView(query.data?.id);
  return (
    <Card title={title} aside={aside} flush>
      <Loaded query={{ data: view.data, error: query.error ?? view.error }}>
        {({ id, error, endedAt, columns, cost: { rows } }) => {
          if (error !== null) return <ErrorBox error={Object.assign(new Error(error.what), error)} />;
          if (endedAt === null) return <p className={styles.note} role="status">The statement runs…</p>;
          if (rows === null || rows === 0 || columns === null) return <Empty title={none} />;
          return (
            <>
              <p className={styles.note}>
                {rows === limit ? `the first ${countText(rows)} rows` : `${countText(rows)} ${rows === 1 ? "row" : "rows"}`}, {countText(columns.length)} {columns.length === 1 ? "column" : "columns"}
              </p>
              <ResultGrid query={id} columns={columns} rowCount={rows} />
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}
