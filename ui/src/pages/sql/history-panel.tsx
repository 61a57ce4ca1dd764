import { keepPreviousData } from "@tanstack/react-query";
import { api } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { TextField } from "../../design/components/field.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { counted, durationText } from "../../design/format.ts";
import { useSearchText } from "../../design/use-search-text.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { useSqlSearch } from "./search.ts";
import styles from "./side-panel.module.css";

const pageSize = 50;
const everyMs = 5_000;

const isToday = (at: string): boolean => new Date(at).toDateString() === new Date().toDateString();

/** Statements that ran, the newest first; each can be opened with its result. */
export function HistoryPanel({ shown, onOpen }: { shown: string | undefined; onOpen(query: string): void }) {
  const { search: { before, find }, set } = useSqlSearch();
  const [word, write] = useSearchText("find", find);
  const page = api.useQuery("get", "/api/v1/queries", { params: { query: { limit: pageSize, before, q: find } } }, { refetchInterval: before === undefined ? everyMs : false, placeholderData: keepPreviousData });
  const search = (words: string): void => {
    // What is found begins with the newest.
    if (before !== undefined) set({ before: undefined });
    write(words);
  };
  return (
    <aside className={styles.panel} aria-label="History">
      <TextField label="Find in all statements that ran" bare type="search" maxLength={1_000} placeholder="Find in all statements" value={word} onChange={(event) => search(event.target.value)} />
      <Loaded query={page}>
        {({ queries, next }) => (
          <>
            {queries.length === 0 && <Empty title={find === undefined ? (before === undefined ? "No statement ran yet" : "There are none before") : "No statement that is kept has this in it"} />}
            <ul className={styles.list} aria-busy={page.isPlaceholderData}>
              {queries.map(({ id, sql, state, createdAt, cost, by }) => (
                <li key={id}>
                  <button type="button" className={styles.item} aria-current={id === shown ? "true" : undefined} onClick={() => onOpen(id)}>
                    <code className={`${styles.sql} foreign`}>{visibleLine(sql.slice(0, 240))}</code>
                    <span className={styles.facts}>
                      <StateBadge state={state} />
                      <Moment at={createdAt} only={isToday(createdAt) ? "time" : undefined} />
                      {cost.ms !== null && <span>{durationText(cost.ms)}</span>}
                      {cost.rows !== null && <span>{counted(cost.rows, "row")}</span>}
                      {by !== null && by !== "web" && <span className="foreign">{visibleLine(by)}</span>}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
            <div className={styles.pages}>
              {before !== undefined && <Button onClick={() => set({ before: undefined })}>Newest</Button>}
              {next !== null && <Button onClick={() => set({ before: next })}>Older</Button>}
            </div>
          </>
        )}
      </Loaded>
    </aside>
  );
}
