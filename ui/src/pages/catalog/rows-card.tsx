import type { ReactNode } from "react";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { countText, counted } from "../../design/format.ts";
import type { Followed } from "../../live/revision-of.ts";
import { ResultGrid } from "../sql/result-grid.tsx";
import styles from "./catalog.module.css";
import { useStatement } from "./use-statement.ts";

interface RowsCardProps {
  title: string;
  sql: string;
  limit: number;
  none: string;
  aside?: ReactNode;
  /** The dataset with which the rows change; absent: they are of versions, which do not. */
  of?: Followed;
}

/** Rows of a statement that the page makes, at most `limit` of them. The statement runs in a process of its own, as a person's would. */
export function RowsCard({ title, sql, limit, none, aside, of }: RowsCardProps) {
  const view = useStatement(sql, limit, of);
  return (
    <Card title={title} aside={aside} flush>
      <Loaded query={view}>
        {({ id, error, columns, cost: { rows } }) => {
          if (error !== null) return <ErrorBox error={Object.assign(new Error(error.what), error)} />;
          if (rows === null || rows === 0 || columns === null) return <Empty title={none} />;
          return (
            <>
              <p className={styles.note}>
                {rows === limit ? `the first ${countText(rows)} rows` : counted(rows, "row")}, {counted(columns.length, "column")}
                {of && <>, as of <Moment at={view.at} />{view.isOld && "; it has changed since, and is looked at again"}</>}
              </p>
              <ResultGrid query={id} columns={columns} rowCount={rows} />
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}
