import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { api } from "../../api/client.ts";
import type { Answer } from "../../api/types.ts";
import { Loaded } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { toneOf } from "../../design/tone.ts";
import { ResultValue } from "./result-value.tsx";
import styles from "./task-pane.module.css";
import { taskText } from "./task-set.tsx";
import type { RunGrid } from "./task-summary.ts";

type Upstream = Answer<"/api/v1/runs/{run}/tasks/{task}/inputs">["upstreams"][number];

/** What a task has to work with: the run's parameters, its item of a map, and the results of the tasks before it. */
export function TaskInputs({ run, task, index }: { run: RunGrid; task: string; index: number }) {
  const query = api.useQuery("get", "/api/v1/runs/{run}/tasks/{task}/inputs", { params: { path: { run: run.id, task }, query: { index } } });
  const hasParams = typeof run.params === "object" && run.params !== null && Object.keys(run.params).length > 0;
  return (
    <Loaded query={query}>
      {({ upstreams, upstreamsLeft, item }) =>
        (upstreams.length > 0 || item !== null || hasParams) && (
          <section aria-label="Inputs">
            <h3>Inputs</h3>
            <ul className={styles.inputs}>
              {hasParams && (
                <Input title="Parameters of the run">
                  <ResultValue small value={run.params} />
                </Input>
              )}
              {item && (
                <Input title={`Item ${index} of its map`} names={item.name === null ? [] : [item.name]}>
                  <ResultValue small value={item.value} />
                </Input>
              )}
              {upstreams.map((each) => (
                <Before key={each.task} run={run.id} upstream={each} />
              ))}
            </ul>
            {upstreamsLeft > 0 && <p className="quiet">… and {upstreamsLeft.toLocaleString("en")} more tasks before it</p>}
          </section>
        )
      }
    </Loaded>
  );
}

/** `names`: what the task's code calls it. */
function Input({ title, names = [], children }: { title: ReactNode; names?: string[]; children: ReactNode }) {
  return (
    <li>
      <p className={styles.input}>
        {title}
        {names.length > 0 && (
          <small className="quiet">
            as <code className="foreign">{names.join(", ")}</code>
          </small>
        )}
      </p>
      {children}
    </li>
  );
}

function Before({ run, upstream: { task, names, isList, results, more } }: { run: string; upstream: Upstream }) {
  const [first] = results;
  if (isList || first === undefined)
    return (
      <Input title={<><TaskLink run={run} task={task} index={-1} />{first === undefined && <StateBadge state="waits" tone="wait" />}</>} names={names}>
        {results.length > 0 && (
          <ul className={styles.inputs}>
            {results.map(({ index, state, result }) => (
              <Input key={index} title={<><TaskLink run={run} task={task} index={index} /><StateBadge state={state} tone={toneOf(state)} /></>}>
                {state === "success" && <ResultValue small value={result} />}
              </Input>
            ))}
          </ul>
        )}
        {more && <p className="quiet">… and those of more items</p>}
      </Input>
    );
  return (
    <Input title={<><TaskLink run={run} task={task} index={first.index} /><StateBadge state={first.state === "none" ? "waits" : first.state} tone={toneOf(first.state)} /></>} names={names}>
      {first.result !== null && <ResultValue small value={first.result} />}
    </Input>
  );
}

function TaskLink({ run, task, index }: { run: string; task: string; index: number }) {
  return (
    <Link to="/runs/$run" params={{ run }} search={((now: object) => ({ ...now, task, index: index < 0 ? undefined : String(index), attempt: undefined })) as never} replace className="foreign">
      {taskText(task, index)}
    </Link>
  );
}
