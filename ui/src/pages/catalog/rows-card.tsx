import type { ReactNode } from "react";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { countText, counted } from "../../design/format.ts";
import { ResultGrid } from "../sql/result-grid.tsx";
import styles from "./catalog.module.css";
import { useStatement } from "./use-statement.ts";

/** Rows of a statement that the page makes, at most `limit` of them. The statement runs in a process of its own, as a person's would. */
export function RowsCard({ title, sql, limit, none, aside }: { title: string; sql: string; limit: number; none: string; aside?: ReactNode }) {
  const view = useStatement(sql, limit);
  return (
    <Card title={title} aside={aside} flush>
      <Loaded query={view}>
        {({ id, error, endedAt, columns, cost: { rows } }) => {
          if (error !== null) return <ErrorBox error={Object.assign(new Error(error.what), error)} />;
          if (endedAt === null) return <p className={styles.note} role="status">The statement runs…</p>;
          if (rows === null || rows === 0 || columns === null) return <Empty title={none} />;
          return (
            <>
              <p className={styles.note}>
                {rows === limit ? `the first ${countText(rows)} rows` : counted(rows, "row")}, {counted(columns.length, "column")}
              </p>
              <ResultGrid query={id} columns={columns} rowCount={rows} />
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}
