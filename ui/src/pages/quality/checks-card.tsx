import { Link } from "@tanstack/react-router";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText, counted } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { toneOf } from "../../design/tone.ts";
import { BrokenKeys } from "./broken-keys.tsx";
import styles from "./quality.module.css";
import { type CheckOutcome, isBroken, type Judgement } from "./quality-rows.ts";

/** Each check as it was judged last, since when it fails, and how it went before. */
export function ChecksCard({ dataset, judgements, since }: { dataset: string; judgements: Judgement[]; since: Record<string, string> }) {
  const [last] = judgements;
  if (last === undefined) return <Card title="Checks"><Empty title="It was not judged yet">Press “Judge it now”, or wait for its next version.</Empty></Card>;
  const columns: TableColumn<CheckOutcome>[] = [
    { title: "Check", cell: ({ name, expected }) => <><span className={`${styles.check} foreign`}>{name}</span><span className={`${styles.expected} foreign`}>{expected}</span></> },
    { title: "State", cell: ({ state, severity }) => <StateBadge state={state} title={`severity ${severity}`} /> },
    { title: "Since", cell: ({ name }) => <Moment at={Object.hasOwn(since, name) ? since[name] : null} /> },
    { title: "Rows that break it", align: "right", cell: ({ failures, atLeast }) => (failures === null ? "–" : `${atLeast ? "≥ " : ""}${countText(failures)}`) },
    { title: "Of rows", align: "right", cell: ({ rows }) => countText(rows) },
    { title: "Figure", align: "right", cell: ({ value, error }) => (error === null ? value !== null && <span className="foreign">{String(value)}</span> : <span className="foreign">{visibleLine(error.what.slice(0, 300))}</span>) },
    { title: "Before", cell: ({ name }) => <History check={name} judgements={judgements} /> },
  ];
  const ordered = [...last.results].sort((a, b) => Number(isBroken(b)) - Number(isBroken(a)));
  return (
    <>
      <Card title="Checks" aside={<span className="quiet">judged <Moment at={last.at} />{last.score !== null && `, score ${last.score.toFixed(0)}`}{last.keptBack && "; the version was kept back"} <JudgedVersion judgement={last} /></span>} flush>
        <Table label={`Checks of ${dataset}`} columns={columns} rows={ordered} rowKey={({ name }) => name} />
      </Card>
      {ordered.some(({ keys }) => keys.length > 0) && <BrokenKeys results={ordered} />}
    </>
  );
}

/** The rows as they were when they were judged; of a version that was kept back nobody sees them. */
function JudgedVersion({ judgement: { dataset, version, keptBack } }: { judgement: Judgement }) {
  if (version === null || keptBack) return null;
  return <Link to="/catalog/$kind/$entry" params={{ kind: "table", entry: dataset }} search={{ tab: "preview", version }}>its rows then</Link>;
}

/** The last judgements as marks, the oldest first; each says what it was. */
function History({ check, judgements }: { check: string; judgements: Judgement[] }) {
  const seen = judgements.flatMap(({ id, at, results }) => results.filter(({ name }) => name === check).map(({ state, failures }) => ({ id, at, state, failures })));
  return (
    <span className={styles.history} role="img" aria-label={`${seen.filter(({ state }) => state !== "passed").length} of the last ${seen.length} judgements did not pass`}>
      {seen.reverse().map(({ id, at, state, failures }) => (
        <span key={id} className={styles.mark} data-tone={toneOf(state)} title={`${new Date(at).toLocaleString()}: ${state}${failures ? `, ${counted(failures, "row")}` : ""}`} />
      ))}
    </span>
  );
}
