import { ArrowDownToLine } from "lucide-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import type { StageStatus } from "../../api/types.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Choice, TextField } from "../../design/components/field.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { useSearchText } from "../../design/use-search-text.ts";
import type { Phase } from "../../live/follow-events.ts";
import { linesLike, processesOf } from "./lines-like.ts";
import styles from "./log-tab.module.css";
import { type LogLine, useLogLines } from "./use-log-lines.ts";

/** More of one line is shown when it is asked for, so that a long one leaves the others in sight. */
const lineCharsMax = 1_000;

interface LogTabProps {
  stage: StageStatus;
  sought: string | undefined;
  /** One level alone. */
  level: string | undefined;
  /** The lines of one process alone, by its id. */
  process: string | undefined;
}

const levels = [{ value: "", title: "all levels" }, ...["debug", "info", "warn", "error", "fatal"].map((value) => ({ value, title: value }))];

/** What the stage's processes say, as it comes. It follows the end until somebody scrolls up. */
export function LogTab({ stage, sought, level, process }: LogTabProps) {
  const { lines, phase, error } = useLogLines(stage.name);
  const [text, write] = useSearchText("q", sought);
  const narrow = useNarrow();
  const processes = processesOf(lines, stage);
  const [follows, setFollows] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  const found = linesLike(lines, { words: text, level, process });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end moves with each line
  useEffect(() => {
    if (follows) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [found.length, lines, follows]);
  const onScroll = (): void => {
    const { scrollHeight = 0, scrollTop = 0, clientHeight = 0 } = box.current ?? {};
    setFollows(scrollHeight - scrollTop - clientHeight < 40);
  };
  return (
    <Card
      title={
        <span className={styles.head}>
          Log <StateBadge state={phase} tone={phase === "live" ? "ok" : phase === "stale" ? "warn" : "wait"} />
        </span>
      }
      aside={
        <div className={styles.head}>
          {processes.length > 1 && <Choice label="Process" bare value={process ?? ""} options={[{ value: "", title: "all processes" }, ...processes.map((pid) => ({ value: pid, title: `process ${pid}` }))]} onChange={({ target }) => narrow({ process: target.value || undefined })} />}
          <Choice label="Level" bare value={level ?? ""} options={levels} onChange={({ target }) => narrow({ level: target.value || undefined })} />
          <TextField label="Find in the log" bare placeholder="Find in the log" value={text} onChange={({ target }) => write(target.value)} />
        </div>
      }
      flush
    >
      {phase === "stale" && error !== undefined && <ErrorBox error={error} />}
      {found.length === 0 ? (
        <NoLines stage={stage} lines={lines.length} phase={phase} />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: so that the keys scroll it
        <div className={styles.log} data-processes={processes.length > 1} ref={box} onScroll={onScroll} role="log" aria-live="off" aria-label="Lines" tabIndex={0}>
          {found.map((line) => (
            <Line key={line.number} line={line} tellsProcess={processes.length > 1} />
          ))}
        </div>
      )}
      {!follows && found.length > 0 && (
        <Button look="plain" icon={<ArrowDownToLine size={14} />} onClick={() => setFollows(true)}>
          To the newest
        </Button>
      )}
    </Card>
  );
}

/** Changes what the address says of the lines that are shown. */
function useNarrow(): (change: { level?: string; process?: string }) => void {
  const navigate = useNavigate();
  return (change) => void navigate({ to: ".", search: ((search: object) => ({ ...search, ...change })) as never, replace: true });
}

function NoLines({ stage, lines, phase }: { stage: StageStatus; lines: number; phase: Phase }) {
  if (lines > 0) return <Empty title="No line is like that">{lines} lines are here.</Empty>;
  if (phase === "connecting") return <Empty title="Reading…" />;
  return phase === "stale" ? <Empty title="It cannot be read now">It is tried again.</Empty> : <Empty title="It has said nothing yet">{whereElse(stage)}</Empty>;
}

const whereElse = ({ instances }: StageStatus): string => (instances.some(({ machine }) => machine !== undefined) ? "What its processes on workers say stands in their own logs." : "What it logs shows up here at once. What was said before this start stands in millrace.log in the data folder.");

function Line({ line: { at, level, text, fields, pid }, tellsProcess }: { line: LogLine; tellsProcess: boolean }) {
  return (
    <div className={styles.line} data-level={level}>
      <Moment at={at} only="time" />
      {tellsProcess && <span className={styles.process}>{pid === undefined ? "–" : <><span className="visually-hidden">process </span>{pid}</>}</span>}
      <span className={styles.level}>{level}</span>
      <span className={styles.text}>
        <ForeignText text={text} charsMax={lineCharsMax} />
        {fields !== undefined && (
          <span className={styles.fields}>
            {" "}
            <ForeignText text={fields} charsMax={lineCharsMax} />
          </span>
        )}
      </span>
    </div>
  );
}
