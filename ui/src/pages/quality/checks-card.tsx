import type { ReactNode } from "react";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { BrokenKeys } from "./broken-keys.tsx";
import { CheckHistory, CheckMarks } from "./check-history.tsx";
import { JudgedVersion } from "./judged-version.tsx";
import styles from "./quality.module.css";
import { type CheckOutcome, isBroken, type Judgement } from "./quality-rows.ts";

interface ChecksCardProps {
  dataset: string;
  /** The newest first. */
  judgements: Judgement[];
  since: Record<string, string>;
  /** The one whose judgements are read one by one. */
  check: string | undefined;
  /** What judges them now. */
  judge: ReactNode;
}

/** Each check as it was judged last, since when it fails, and how it went before. */
export function ChecksCard({ dataset, judgements, since, check, judge }: ChecksCardProps) {
  const [last] = judgements;
  if (last === undefined) return <Card title="Checks" aside={judge}><Empty title="It was not judged yet">Press “Judge it now”, or wait for its next version.</Empty></Card>;
  const columns: TableColumn<CheckOutcome>[] = [
    { title: "Check", cell: ({ name, expected }) => <><span className={`${styles.check} foreign`}>{name}</span><span className={`${styles.expected} foreign`}>{expected}</span></> },
    { title: "State", cell: ({ state, severity }) => <StateBadge state={state} title={`severity ${severity}`} /> },
    { title: "Since", cell: ({ name }) => <Moment at={Object.hasOwn(since, name) ? since[name] : null} /> },
    { title: "Rows that break it", align: "right", cell: ({ failures, atLeast }) => (failures === null ? "–" : `${atLeast ? "≥ " : ""}${countText(failures)}`) },
    { title: "Of rows", align: "right", cell: ({ rows }) => countText(rows) },
    { title: "Figure", align: "right", cell: ({ value, error }) => (error === null ? value !== null && <span className="foreign">{String(value)}</span> : <span className="foreign">{visibleLine(error.what.slice(0, 300))}</span>) },
    { title: "Before", cell: ({ name }) => <CheckMarks check={name} judgements={judgements} isOpen={name === check} /> },
  ];
  const ordered = [...last.results].sort((a, b) => Number(isBroken(b)) - Number(isBroken(a)));
  return (
    <>
      <Card title="Checks" aside={<div className={styles.aside}><span className="quiet">judged <Moment at={last.at} />{last.score !== null && `, score ${last.score.toFixed(0)}`}: <JudgedVersion judgement={last} /></span>{judge}</div>} flush>
        <Table label={`Checks of ${dataset}`} columns={columns} rows={ordered} rowKey={({ name }) => name} />
      </Card>
      {check !== undefined && ordered.some(({ name }) => name === check) && <CheckHistory check={check} judgements={judgements} />}
      {ordered.some(({ keys }) => keys.length > 0) && <BrokenKeys results={ordered} />}
    </>
  );
}
