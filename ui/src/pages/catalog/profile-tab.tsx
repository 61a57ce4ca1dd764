import { useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { TextField } from "../../design/components/field.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { countText } from "../../design/format.ts";
import { useSearchText } from "../../design/use-search-text.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { useFollowed } from "../../live/use-followed.ts";
import styles from "./catalog.module.css";
import type { Entry } from "./catalog-entry.ts";
import { type Profile, profileQuery } from "./catalog-queries.ts";
import { ColumnCard, ColumnFigures } from "./column-card.tsx";

const step = 24;
const findingsMax = 50;
const wordsMax = 500;

interface ShownColumn {
  name: string;
  path: string[];
  type?: string;
  /** Absent while they are worked out. */
  figures?: Profile["columns"][number];
}

/** What the values are like, by column. Until that is worked out, the columns that are known stand there by name. */
export function ProfileTab({ entry }: { entry: Entry }) {
  const search = useSearch({ from: "/shell/catalog/$kind/$entry" });
  const [find, setFind] = useSearchText("find", search.find);
  const [shown, setShown] = useState(step);
  const { data: profile, error, isOld } = useFollowed(entry, profileQuery({ kind: entry.kind, name: entry.name }));
  if (profile === undefined && error) return <ErrorBox error={error} />;
  const columns: ShownColumn[] = profile?.columns.map((figures) => ({ name: figures.name, path: figures.path, type: figures.type, figures })) ?? entry.columns.map(({ name, type }) => ({ name, path: [name], type: type?.value }));
  const hits = columns.filter(({ name }) => name.toLowerCase().includes(find.toLowerCase()));
  return (
    <>
      {profile !== undefined && profile.findings.length > 0 && <Findings findings={profile.findings} />}
      <Card
        title={`${profile === undefined ? "" : `${countText(profile.rows)} rows, `}${countText(columns.length)} columns`}
        aside={
          <div className={styles.aside}>
            <span className="quiet" role="status">
              {profile === undefined ? "The values are being looked at…" : <>as of <Moment at={profile.at} />{isOld && "; it has changed since, and is looked at again"}</>}
            </span>
            <TextField label="Find a column" bare placeholder="Find a column" value={find} onChange={(event) => setFind(event.target.value)} />
          </div>
        }
      >
        {hits.length === 0 && find !== "" && <Empty title="No column is called so" />}
        <div className={styles.profile} aria-busy={profile === undefined}>
          {hits.slice(0, shown).map((column) => (
            <ColumnCard key={column.path.join("\u0000")} name={column.name} type={column.type}>
              {column.figures && <ColumnFigures column={column.figures} />}
            </ColumnCard>
          ))}
        </div>
        {hits.length > shown && (
          <div className={styles.more}>
            <Button onClick={() => setShown(shown + step)}>Show more of {countText(hits.length)}</Button>
          </div>
        )}
        {profile?.notes?.map((note) => <p key={note} className={`${styles.note} foreign`}>{note}</p>)}
      </Card>
    </>
  );
}

function Findings({ findings }: Pick<Profile, "findings">) {
  return (
    <Card title="Worth a look">
      <ul>
        {findings.slice(0, findingsMax).map(({ kind, column, text }) => (
          <li key={`${kind} ${column} ${text}`} className="foreign">
            {visibleLine(text.slice(0, wordsMax))}
          </li>
        ))}
      </ul>
    </Card>
  );
}
