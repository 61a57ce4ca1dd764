import { getRouteApi } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useState } from "react";
import { api } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Facts } from "../../design/components/facts.tsx";
import { ForeignText } from "../../design/components/foreign-text.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { toneOf } from "../../design/tone.ts";
import { Pane } from "../../shell/pane.tsx";
import { ApprovalAnswer } from "./approval-answer.tsx";
import { AttemptLog } from "./attempt-log.tsx";
import { ClearDialog } from "./clear-dialog.tsx";
import { MarkDialog } from "./mark-dialog.tsx";
import { ResultValue } from "./result-value.tsx";
import { TaskInputs } from "./task-inputs.tsx";
import styles from "./task-pane.module.css";
import { taskText } from "./task-set.tsx";
import { isOver, type RunGrid } from "./task-summary.ts";
import { Took } from "./took.tsx";
import type { TaskView } from "./task-view.ts";

const route = getRouteApi("/shell/runs/$run");

/** One task of a run: why it waits, what it did, what came of it. */
export function TaskPane({ run, task }: { run: RunGrid; task: string }) {
  const { index: text } = route.useSearch();
  const navigate = route.useNavigate();
  const cell = run.cells.find((each) => each.task === task);
  const isMapped = run.tasks.find(({ name }) => name === task)?.map != null && cell !== undefined;
  const index = text === undefined ? (isMapped ? 0 : -1) : Number(text);
  const query = api.useQuery("get", "/api/v1/runs/{run}/tasks/{task}", { params: { path: { run: run.id, task }, query: { index } } });
  const leave = (): void => void navigate({ search: (now) => ({ ...now, task: undefined, index: undefined, attempt: undefined }), replace: true });
  return (
    <Pane label={`Task ${taskText(task, index)}`} className={styles.pane} onClose={leave}>
      {(close) => (
        <>
          <header className={styles.head}>
            <h2 className="foreign">{taskText(task, index)}</h2>
            <Button look="plain" icon={<X size={16} />} label="Close the task" onClick={close} />
          </header>
          <Loaded query={query}>{(view) => <TaskDetail key={`${task}/${index}`} run={run} view={view} />}</Loaded>
        </>
      )}
    </Pane>
  );
}

function TaskDetail({ run, view }: { run: RunGrid; view: TaskView }) {
  const { task, index, kind, state, attempts, attemptsMax, startedAt, endedAt, wakeAt, note, error, result } = view;
  const asks = kind === "approval" && state === "deferred";
  return (
    <>
      <Facts
        facts={[
          ["State", <StateBadge key="state" state={state === "none" ? "waits" : state} tone={toneOf(state)} />],
          ["Kind", kind],
          ["Attempts", attempts > 0 ? `${attempts}, at most ${attemptsMax}` : isOver(state) ? "none" : "none yet"],
          ["Started", <Moment key="started" at={startedAt} />],
          ["Took", <Took key="took" startedAt={startedAt} endedAt={endedAt} goesOn={state === "running"} />],
          wakeAt && ["Goes on", <Moment key="wakes" at={wakeAt} />],
          note && ["Note", <ForeignText key="note" text={note} />],
        ]}
      />
      {!isOver(state) && state !== "running" && !asks && <Why run={run.id} task={task} index={index} />}
      {asks && <ApprovalAnswer run={run.id} task={task} index={index} prompt={run.tasks.find(({ name }) => name === task)?.prompt ?? null} />}
      <TaskActions run={run.id} task={task} index={index} canRun={isOver(state)} />
      {error && <ErrorBox error={Object.assign(new Error(error.what), error)} />}
      <TaskInputs run={run} task={task} index={index} />
      {result !== null && <Result result={result} />}
      {attempts > 0 && <AttemptLog run={run.id} task={task} index={index} turn={`${attempts} ${isOver(state)}`} told={error?.where} />}
    </>
  );
}

/** Why it waits, as the scheduler says it. */
function Why({ run, task, index }: { run: string; task: string; index: number }) {
  const query = api.useQuery("get", "/api/v1/runs/{run}/tasks/{task}/explain", { params: { path: { run, task }, query: { index } } });
  return (
    <Loaded query={query}>
      {({ reasons }) => (
        <section aria-label="Why it waits" className={styles.why}>
          <h3>Why it waits</h3>
          {reasons.length === 0 ? <p className="quiet">It does not wait any more.</p> : reasons.map(({ kind, text }) => <p key={`${kind} ${text}`} className="foreign">{text}</p>)}
        </section>
      )}
    </Loaded>
  );
}

function TaskActions({ run, task, index, canRun }: { run: string; task: string; index: number; canRun: boolean }) {
  const [asks, setAsks] = useState<"clear" | "mark" | undefined>();
  const tasks = [index < 0 ? { task } : { task, index }];
  const close = (): void => setAsks(undefined);
  return (
    <div className={styles.actions}>
      {canRun && <Button onClick={() => setAsks("clear")}>Run again…</Button>}
      <Button onClick={() => setAsks("mark")}>Mark…</Button>
      {asks === "clear" && <ClearDialog run={run} tasks={tasks} onClose={close} />}
      {asks === "mark" && <MarkDialog run={run} tasks={tasks} onClose={close} />}
    </div>
  );
}

function Result({ result }: { result: unknown }) {
  return (
    <section aria-label="Result">
      <h3>Result</h3>
      <ResultValue value={result} />
    </section>
  );
}
