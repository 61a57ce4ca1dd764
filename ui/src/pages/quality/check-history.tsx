import { Link } from "@tanstack/react-router";
import { Card } from "../../design/components/card.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText, counted, instantText, utcText } from "../../design/format.ts";
import { toneOf } from "../../design/tone.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { JudgedVersion } from "./judged-version.tsx";
import styles from "./quality.module.css";
import type { CheckOutcome, Judgement } from "./quality-rows.ts";

interface Seen {
  judgement: Judgement;
  outcome: CheckOutcome;
}

const seenOf = (check: string, judgements: readonly Judgement[]): Seen[] => judgements.flatMap((judgement) => judgement.results.filter(({ name }) => name === check).map((outcome) => ({ judgement, outcome })));

/** The last judgements of a check as marks, the oldest first; they lead to the same in words. */
export function CheckMarks({ check, judgements, isOpen }: { check: string; judgements: readonly Judgement[]; isOpen: boolean }) {
  const seen = seenOf(check, judgements);
  const broken = seen.filter(({ outcome: { state } }) => state !== "passed").length;
  return (
    <Link to="." search={((now: object) => ({ ...now, check: isOpen ? undefined : check })) as never} replace resetScroll={false} className={styles.history} aria-expanded={isOpen}>
      <span className="visually-hidden">{visibleLine(check)}: </span>
      {seen.toReversed().map(({ judgement: { id, at }, outcome: { state, failures } }) => (
        <span key={id} aria-hidden className={styles.mark} data-tone={toneOf(state)} title={`${instantText(at)}: ${state}${failures ? `, ${counted(failures, "row")}` : ""}\n${utcText(at)}`} />
      ))}
      <span className={styles.marked}>
        {broken} of {seen.length} broken
      </span>
    </Link>
  );
}

const columns: TableColumn<Seen>[] = [
  { title: "Judged", cell: ({ judgement: { at } }) => <Moment at={at} /> },
  { title: "State", cell: ({ outcome: { state } }) => <StateBadge state={state} /> },
  { title: "Rows that break it", align: "right", cell: ({ outcome: { failures, atLeast } }) => (failures === null ? "–" : `${atLeast ? "≥ " : ""}${countText(failures)}`) },
  { title: "Of rows", align: "right", cell: ({ outcome: { rows } }) => countText(rows) },
  { title: "What was judged", cell: ({ judgement }) => <JudgedVersion judgement={judgement} /> },
];

/** How one check went, judgement by judgement, each with what it judged. */
export function CheckHistory({ check, judgements }: { check: string; judgements: readonly Judgement[] }) {
  const title = `Judgements of ${visibleLine(check)}`;
  return (
    <Card title={<span className="foreign">{title}</span>} aside={<Link to="." search={((now: object) => ({ ...now, check: undefined })) as never} replace resetScroll={false}>Close</Link>} flush>
      <Table label={title} columns={columns} rows={seenOf(check, judgements)} rowKey={({ judgement: { id } }) => id} />
    </Card>
  );
}
