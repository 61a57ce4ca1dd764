import type { ReactNode } from "react";
import { Card } from "../../design/components/card.tsx";
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
  /** Names of the checks that are declared now. */
  declared: string[];
  /** The newest first. */
  judgements: Judgement[];
  since: Record<string, string>;
  /** The one whose judgements are read one by one. */
  check: string | undefined;
  /** What judges them now. */
  judge: ReactNode;
}

interface CheckLine {
  name: string;
  /** What came of it last; undefined for one that was declared since. */
  outcome: CheckOutcome | undefined;
}

/** Each check as it was judged last, since when it fails, and how it went before. */
export function ChecksCard({ dataset, declared, judgements, since, check, judge }: ChecksCardProps) {
  const last = judgements.at(0);
  const results = last?.results ?? [];
  const columns: TableColumn<CheckLine>[] = [
    { title: "Check", cell: ({ name, outcome }) => <><span className={`${styles.check} foreign`}>{name}</span><span className={`${styles.expected} foreign`}>{outcome?.expected}</span></> },
    { title: "State", cell: ({ outcome }) => (outcome ? <StateBadge state={outcome.state} title={`severity ${outcome.severity}`} /> : <StateBadge state="not judged" tone="wait" />) },
    { title: "Since", cell: ({ name }) => <Moment at={Object.hasOwn(since, name) ? since[name] : null} /> },
    { title: "Rows that break it", align: "right", cell: ({ outcome }) => (outcome === undefined || outcome.failures === null ? "–" : `${outcome.atLeast ? "≥ " : ""}${countText(outcome.failures)}`) },
    { title: "Of rows", align: "right", cell: ({ outcome }) => (outcome ? countText(outcome.rows) : "–") },
    { title: "Figure", align: "right", cell: ({ outcome }) => <Figure outcome={outcome} /> },
    { title: "Before", cell: ({ name, outcome }) => outcome && <CheckMarks check={name} judgements={judgements} isOpen={name === check} /> },
  ];
  const broken = results.filter(isBroken);
  const lines = [...broken, ...results.filter((result) => !isBroken(result))].map((outcome): CheckLine => ({ name: outcome.name, outcome }));
  const fresh = declared.filter((name) => !results.some((result) => result.name === name)).map((name): CheckLine => ({ name, outcome: undefined }));
  return (
    <>
      <Card title="Checks" aside={<div className={styles.aside}>{last ? <JudgedAt judgement={last} /> : <span className="quiet">not judged yet</span>}{judge}</div>} flush>
        <Table label={`Checks of ${dataset}`} columns={columns} rows={[...lines, ...fresh]} rowKey={({ name }) => name} />
      </Card>
      {check !== undefined && results.some(({ name }) => name === check) && <CheckHistory check={check} judgements={judgements} />}
      {results.some(({ keys }) => keys.length > 0) && <BrokenKeys results={lines.flatMap(({ outcome }) => outcome ?? [])} />}
    </>
  );
}

/** When it was, what came of it, and of which version. */
function JudgedAt({ judgement }: { judgement: Judgement }) {
  const { at, score } = judgement;
  return <span className="quiet">judged <Moment at={at} />{score !== null && `, score ${score.toFixed(0)}`}: <JudgedVersion judgement={judgement} /></span>;
}

/** What the dataset was judged by, or why it could not be. */
function Figure({ outcome }: { outcome: CheckOutcome | undefined }) {
  if (outcome === undefined) return "–";
  if (outcome.error !== null) return <span className="foreign">{visibleLine(outcome.error.what.slice(0, 300))}</span>;
  return outcome.value !== null && <span className="foreign">{String(outcome.value)}</span>;
}
