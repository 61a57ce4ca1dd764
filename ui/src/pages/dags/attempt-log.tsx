import { getRouteApi } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useMemo } from "react";
import { Button } from "../../design/components/button.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Choice, TextField } from "../../design/components/field.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { toneOf } from "../../design/tone.ts";
import { useSearchText } from "../../design/use-search-text.ts";
import styles from "./attempt-log.module.css";
import { foundLines, type LogLine } from "./log-lines.ts";
import { LogList } from "./log-list.tsx";
import { Took } from "./took.tsx";
import { type AttemptLogState, useAttemptLog } from "./use-attempt-log.ts";

const route = getRouteApi("/shell/runs/$run");
const levelChoices = [
  { value: "debug", title: "All levels" },
  { value: "info", title: "info and above" },
  { value: "warn", title: "warn and above" },
  { value: "error", title: "error" },
];

interface AttemptLogProps {
  run: string;
  task: string;
  index: number;
  /** Another one when an attempt begins, and when there will be none any more. */
  turn: string;
  /** Where the error was that stands above already. */
  told: string | undefined;
}

/** What the attempts of a task said. It follows while one goes on. */
export function AttemptLog({ run, task, index, turn, told }: AttemptLogProps) {
  const { attempt: asked, level, find } = route.useSearch();
  const navigate = route.useNavigate();
  const [text, write] = useSearchText("find", find);
  const attempt = asked !== undefined && /^[1-9]\d{0,8}$/.test(asked) ? Number(asked) : undefined;
  const log = useAttemptLog({ run, task, index, attempt }, turn);
  const shown = useMemo(() => foundLines(log.lines, { level, find }), [log.lines, level, find]);
  const set = (change: { attempt?: string; level?: string }): void => void navigate({ search: (now) => ({ ...now, ...change }), replace: true });
  return (
    <section aria-label="Attempts and log" className={styles.log}>
      <h3>Attempts</h3>
      <Attempts log={log} onChoose={(number) => set({ attempt: String(number) })} />
      {log.attempt?.error && log.attempt.error.where !== told && <ErrorBox error={Object.assign(new Error(log.attempt.error.what), log.attempt.error)} />}
      <div className={styles.tools}>
        <TextField label="Find in the log" bare type="search" placeholder="Find in the log" value={text} onChange={({ target }) => write(target.value)} />
        <Choice label="Level" bare options={levelChoices} value={level ?? "debug"} onChange={({ target }) => set({ level: target.value === "debug" ? undefined : target.value })} />
        <Button icon={<Download size={14} />} label="Download the log" disabled={log.lines.length === 0} onClick={() => download(log.lines, `${run}.${task}${index < 0 ? "" : `.${index}`}.log`)} />
      </div>
      {log.error !== undefined && <ErrorBox error={log.error} />}
      <p className={styles.count} role="status">
        {log.known ? countOf(log, shown.length) : log.error === undefined && "Reading the log…"}
      </p>
      {shown.length > 0 && <LogList lines={shown} follows={!log.ended} />}
    </section>
  );
}

/** How many lines there are, and whether that is all. */
function countOf({ lines, attempts, attempt, ended }: AttemptLogState, shown: number): string {
  if (attempts.length === 0) return "It has not begun: there is no log yet";
  const all = lines.length.toLocaleString("en");
  const rest = ended ? "" : attempt?.endedAt === null ? "; it goes on" : "; more are being read";
  return `${shown === lines.length ? all : `${shown.toLocaleString("en")} of ${all}`} ${lines.length === 1 ? "line" : "lines"}${rest}`;
}

function Attempts({ log, onChoose }: { log: AttemptLogState; onChoose(number: number): void }) {
  return (
    <div className={styles.attempts}>
      {log.attempts.map(({ number, state, startedAt, endedAt, worker }) => (
        <button key={number} type="button" className={styles.attempt} aria-pressed={number === log.attempt?.number} title={worker ?? undefined} onClick={() => onChoose(number)}>
          {number}
          <StateBadge state={state} tone={toneOf(state)} />
          <Took startedAt={startedAt} endedAt={endedAt} />
        </button>
      ))}
    </div>
  );
}

function download(lines: readonly LogLine[], name: string): void {
  const text = lines.map(({ time, level, text }) => `${time === null ? "-" : new Date(time).toISOString()} ${level} ${text}\n`);
  const url = URL.createObjectURL(new Blob(text, { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name.replace(/[^\w.-]/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(url));
}
