import { Link } from "@tanstack/react-router";
import { Card } from "../../design/components/card.tsx";
import { Facts } from "../../design/components/facts.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { bytesText, countText, counted } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./catalog.module.css";
import type { Entry } from "./catalog-entry.ts";
import { kindText } from "./entry-kind.ts";

const wordsMax = 500;
const descriptionMax = 1_000;
const tagsMax = 50;

/** What an entry is, and what is said of it. */
export function EntryHead({ entry }: { entry: Entry }) {
  const { kind, name, description, owner, tags, facts } = entry;
  return (
    <Card>
      <p className={`${styles.description} ${description ? "" : "quiet"}`}>{description ? <ForeignText text={description.value} charsMax={descriptionMax} /> : "Nobody has described it yet."}</p>
      <Facts
        facts={[
          ["Kind", kindText(entry)],
          ["Owner", owner ? <Others key="others" word={owner.value} /> : <span key="none" className="quiet">nobody</span>],
          tags.length > 0 && ["Tags", <span key="tags" className={styles.tags}>{tags.slice(0, tagsMax).map(({ value }) => <Others key={value} word={value} />)}{tags.length > tagsMax && `and ${tags.length - tagsMax} more`}</span>],
          facts.rows !== undefined && ["Rows", countText(facts.rows)],
          facts.bytes !== undefined && ["Size", bytesText(facts.bytes)],
          facts.files !== undefined && ["Files", countText(facts.files)],
          facts.format !== undefined && ["Format", facts.format],
          facts.readers !== undefined && ["Readers", visibleLine(facts.readers.join(", ").slice(0, wordsMax)) || "nobody"],
          facts.crawler !== undefined && ["Crawler", facts.crawler],
          facts.deprecated !== undefined && ["Deprecated", visibleLine(facts.deprecated.slice(0, wordsMax))],
          facts.updatedAt !== undefined && ["Changed", <Moment key="at" at={facts.updatedAt} />],
          kind !== "database" && ["Quality", <Link key="quality" to="/quality/$dataset" params={{ dataset: kind === "topic" ? `topics.${name}` : name }}><Judged quality={facts.quality} /></Link>],
          kind === "topic" && ["Records", <Link key="records" to="/topics/$topic" params={{ topic: name }}>as they come</Link>],
          facts.location !== undefined && ["Where", visibleLine(facts.location.slice(0, wordsMax))],
        ]}
      />
    </Card>
  );
}

/** Leads to all that have the word too. */
function Others({ word }: { word: string }) {
  return <Link to="/catalog" search={{ find: word }} className="foreign">{visibleLine(word.slice(0, wordsMax))}</Link>;
}

function Judged({ quality }: Pick<Entry["facts"], "quality">) {
  if (quality === undefined) return "not judged";
  const { length } = quality.broken;
  return <StateBadge state={length === 0 ? "all checks passed" : `${counted(length, "check")} broken`} tone={length === 0 ? "ok" : "bad"} />;
}
