import { useState } from "react";
import { api } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { TextField } from "../../design/components/field.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { counted, durationText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./side-panel.module.css";

const pageSize = 50;
const everyMs = 5_000;

/** Statements that ran, the newest first; each can be opened with its result. */
export function HistoryPanel({ shown, onOpen }: { shown: string | undefined; onOpen(query: string): void }) {
  const [before, setBefore] = useState<string>();
  const [word, setWord] = useState("");
  const page = api.useQuery("get", "/api/v1/queries", { params: { query: { limit: pageSize, before } } }, { refetchInterval: before === undefined ? everyMs : false });
  return (
    <aside className={styles.panel} aria-label="History">
      <TextField label="Find in these statements" bare placeholder="Find in these statements" value={word} onChange={(event) => setWord(event.target.value)} />
      <Loaded query={page}>
        {({ queries, next }) => {
          const found = queries.filter(({ sql }) => sql.toLowerCase().includes(word.toLowerCase()));
          return (
            <>
              {found.length === 0 && <Empty title={word === "" ? "No statement ran yet" : "None of these has this in it"} />}
              <ul className={styles.list}>
                {found.map(({ id, sql, state, createdAt, cost, by }) => (
                  <li key={id}>
                    <button type="button" className={styles.item} aria-current={id === shown ? "true" : undefined} onClick={() => onOpen(id)}>
                      <code className={`${styles.sql} foreign`}>{visibleLine(sql.slice(0, 240))}</code>
                      <span className={styles.facts}>
                        <StateBadge state={state} />
                        <Moment at={createdAt} only="time" />
                        {cost.ms !== null && <span>{durationText(cost.ms)}</span>}
                        {cost.rows !== null && <span>{counted(cost.rows, "row")}</span>}
                        {by !== null && by !== "web" && <span className="foreign">{visibleLine(by)}</span>}
                      </span>
                    </button>
                  </li>
                ))}
              </ul>
              <div className={styles.pages}>
                {before !== undefined && <Button onClick={() => setBefore(undefined)}>Newest</Button>}
                {next !== null && <Button onClick={() => setBefore(next)}>Older</Button>}
              </div>
            </>
          );
        }}
      </Loaded>
    </aside>
  );
}
