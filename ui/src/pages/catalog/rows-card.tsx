import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { client } from "../../api/client.ts";
import type { PostAnswer } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { countText } from "../../design/format.ts";
import { ValueTable } from "../quality/value-table.tsx";
import styles from "./catalog.module.css";

type SqlAnswer = PostAnswer<"/api/v1/sql">;

/** Rows of a statement that the page makes, at most `limit` of them. The statement runs in a process of its own, as a person's would. */
export function RowsCard({ title, sql, limit, none, aside }: { title: string; sql: string; limit: number; none: string; aside?: ReactNode }) {
  const rows = useQuery({ queryKey: ["sql", sql, limit], queryFn: async ({ signal }) => (await client.POST("/api/v1/sql", { body: { sql, limit }, signal })).data as SqlAnswer, staleTime: 60_000 });
  return (
    <Card title={title} aside={aside} flush>
      <Loaded query={rows}>
        {({ columns, rows, truncated }) =>
          rows.length === 0 ? (
            <Empty title={none} />
          ) : (
            <div className={styles.scroll}>
              <ValueTable title={truncated ? `the first ${countText(rows.length)} rows` : `${countText(rows.length)} rows`} rows={rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]])))} />
            </div>
          )
        }
      </Loaded>
    </Card>
  );
}
