import { Link } from "@tanstack/react-router";
import { Ago } from "../../design/components/ago.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import type { VirtualColumn } from "../../design/components/virtual-table.tsx";
import { bytesText, countText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./catalog.module.css";
import type { EntrySummary } from "./catalog-entry.ts";
import { kindText } from "./entry-kind.ts";

const wordsMax = 300;
const short = (words: string): string => visibleLine(words.slice(0, wordsMax));

/** Where the words stand that were searched for; else what it is. */
function Below({ words }: { words: string | null }) {
  return words !== null && <span className={`${styles.below} foreign`}>{short(words)}</span>;
}

/** What a list of entries tells of each. */
export const entryColumns: VirtualColumn<EntrySummary>[] = [
  { title: "Name", width: "minmax(220px, 3fr)", cell: ({ kind, name, description, found }) => <><Link to="/catalog/$kind/$entry" params={{ kind, entry: name }} className="foreign">{short(name)}</Link><Below words={found?.length ? `in ${found.join(", ")}` : description} /></> },
  { title: "Kind", width: "minmax(84px, 0.7fr)", cell: kindText },
  { title: "Owner", width: "minmax(70px, 1fr)", cell: ({ owner }) => owner !== null && <span className="foreign">{short(owner)}</span> },
  { title: "Tags", width: "minmax(70px, 1.2fr)", cell: ({ tags, personal }) => <span className="foreign">{short([...tags, ...personal.map((each) => `personal: ${each}`)].join(", "))}</span> },
  { title: "Columns", width: "60px", align: "right", cell: ({ columns, kind }) => (kind === "database" || columns === 0 ? "" : countText(columns)) },
  { title: "Rows", width: "minmax(90px, 0.8fr)", align: "right", cell: ({ facts }) => (facts.rows === undefined ? "" : countText(facts.rows)) },
  { title: "Size", width: "74px", align: "right", cell: ({ facts }) => (facts.bytes === undefined ? "" : bytesText(facts.bytes)) },
  { title: "Quality", width: "84px", cell: ({ facts: { quality } }) => quality && <StateBadge state={quality.broken.length === 0 ? "passed" : `${quality.broken.length} broken`} tone={quality.broken.length === 0 ? "ok" : "bad"} /> },
  { title: "Changed", width: "124px", cell: ({ facts }) => facts.updatedAt !== undefined && <Ago at={facts.updatedAt} /> },
];
