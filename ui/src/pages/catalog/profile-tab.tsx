import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { client } from "../../api/client.ts";
import type { PostAnswer } from "../../api/types.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { TextField } from "../../design/components/field.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { countText } from "../../design/format.ts";
import { useSearchText } from "../../design/use-search-text.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./catalog.module.css";

type Profile = PostAnswer<"/api/v1/profiles">;
type ColumnProfile = Profile["columns"][number];

const step = 24;

/** What the values are like, by column. */
export function ProfileTab({ dataset }: { dataset: string }) {
  const search = useSearch({ from: "/shell/catalog/$kind/$entry" });
  const [find, setFind] = useSearchText("find", search.find);
  const [shown, setShown] = useState(step);
  const profile = useQuery({ queryKey: ["profile", dataset], queryFn: async ({ signal }) => (await client.POST("/api/v1/profiles", { body: { dataset }, signal })).data as Profile, staleTime: 60_000, refetchOnWindowFocus: false });
  return (
    <Loaded query={profile}>
      {({ rows, at, columns, findings, notes }) => {
        const hits = columns.filter(({ name }) => name.toLowerCase().includes(find.toLowerCase()));
        return (
          <>
            {findings.length > 0 && (
              <Card title="Worth a look">
                <ul>{findings.slice(0, 50).map(({ kind, column, text }) => <li key={`${kind} ${column} ${text}`} className="foreign">{visibleLine(text.slice(0, 500))}</li>)}</ul>
              </Card>
            )}
            <Card title={`${countText(rows)} rows, ${countText(columns.length)} columns`} aside={<><span className="quiet">as of <Moment at={at} /></span><TextField label="Find a column" bare placeholder="Find a column" value={find} onChange={(event) => setFind(event.target.value)} /></>}>
              <div className={styles.profile}>{hits.slice(0, shown).map((column) => <ColumnCard key={column.path.join("\u0000")} column={column} rows={rows} />)}</div>
              {hits.length > shown && (
                <div className={styles.more}>
                  <Button onClick={() => setShown(shown + step)}>Show more of {countText(hits.length)}</Button>
                </div>
              )}
              {notes?.map((note) => <p key={note} className={`${styles.note} foreign`}>{note}</p>)}
            </Card>
          </>
        );
      }}
    </Loaded>
  );
}

const share = (part: number, of: number): string => (of === 0 ? "–" : `${((100 * part) / of).toFixed(part === 0 || part === of ? 0 : 1)} %`);

function ColumnCard({ column: { name, type, nulls, distinct, min, max, numbers, frequent, shapes }, rows }: { column: ColumnProfile; rows: number }) {
  const bars = numbers?.histogram ?? [];
  const highest = Math.max(1, ...bars.map(({ count }) => count));
  const facts: [string, string][] = [
    ["nulls", share(nulls, rows)],
    ["different", `${distinct.exact ? "" : "about "}${countText(distinct.value)}`],
    ...(min === null ? [] : [["least", min.slice(0, 80)] as [string, string]]),
    ...(max === null ? [] : [["greatest", max.slice(0, 80)] as [string, string]]),
    ...(frequent ? [["most often", frequent.values.slice(0, 3).map(({ value, count }) => `${value.slice(0, 40)} (${share(count, rows)})`).join(", ")] as [string, string]] : []),
    ...(shapes ? [["shape", shapes.values.slice(0, 2).map(({ shape }) => shape.slice(0, 40)).join(", ")] as [string, string]] : []),
  ];
  return (
    <section className={styles.column} aria-label={visibleLine(name.slice(0, 200))}>
      <h3 className="foreign">
        {visibleLine(name.slice(0, 200))} <code>{visibleLine(type.slice(0, 200))}</code>
      </h3>
      {bars.length > 0 && (
        <div className={styles.bars} role="img" aria-label={`Histogram of ${bars.length} bars, from ${bars[0].from} to ${bars[bars.length - 1].to}`}>
          {bars.map(({ from, to, count }) => (
            <span key={from} style={{ height: `${(100 * count) / highest}%` }} title={`${from} to ${to}: ${countText(count)}`} />
          ))}
        </div>
      )}
      <dl>
        {facts.map(([title, value]) => (
          <div key={title} style={{ display: "contents" }}>
            <dt>{title}</dt>
            <dd className="foreign">{visibleLine(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
