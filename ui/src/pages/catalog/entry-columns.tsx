import { Link } from "@tanstack/react-router";
import { Ago } from "../../design/components/ago.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import type { TableColumn } from "../../design/components/table.tsx";
import { bytesText, countText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./catalog.module.css";
import type { EntrySummary } from "./catalog-entry.ts";
import { kindText } from "./entry-kind.ts";

const wordsMax = 300;
const short = (words: string): string => visibleLine(words.slice(0, wordsMax));

/** What a list of entries tells of each. */
export const entryColumns: TableColumn<EntrySummary>[] = [
  { title: "Name", cell: ({ kind, name, description }) => <><Link to="/catalog/$kind/$entry" params={{ kind, entry: name }} className="foreign">{short(name)}</Link>{description !== null && <span className={`${styles.below} foreign`}>{short(description)}</span>}</> },
  { title: "Kind", cell: (entry) => <span className={styles.whole}>{kindText(entry)}</span> },
  { title: "Owner", cell: ({ owner }) => owner !== null && <span className="foreign">{short(owner)}</span> },
  { title: "Tags", cell: ({ tags, personal }) => <span className={`${styles.tags} foreign`}>{short([...tags, ...personal.map((each) => `personal: ${each}`)].join(", "))}</span> },
  { title: "Columns", align: "right", cell: ({ columns, kind }) => (kind === "database" || columns === 0 ? "" : countText(columns)) },
  { title: "Rows", align: "right", cell: ({ facts }) => (facts.rows === undefined ? "" : countText(facts.rows)) },
  { title: "Size", align: "right", cell: ({ facts }) => (facts.bytes === undefined ? "" : bytesText(facts.bytes)) },
  { title: "Quality", cell: ({ facts: { quality } }) => quality && <StateBadge state={quality.broken.length === 0 ? "passed" : `${quality.broken.length} broken`} tone={quality.broken.length === 0 ? "ok" : "bad"} /> },
  { title: "Changed", cell: ({ facts }) => facts.updatedAt !== undefined && <span className={styles.whole}><Ago at={facts.updatedAt} /></span> },
];
