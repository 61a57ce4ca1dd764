import { getRouteApi, Link } from "@tanstack/react-router";
import { useLayoutEffect, useRef } from "react";
import { api } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Facts } from "../../design/components/facts.tsx";
import { Choice } from "../../design/components/field.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { dayText, durationText, instantText, utcText } from "../../design/format.ts";
import { useKnownNow } from "../../live/use-known-now.ts";
import styles from "./durations-tab.module.css";
import { quantileOf } from "./quantile-of.ts";
import { cellState, type GridPage, tookMs } from "./task-summary.ts";

const route = getRouteApi("/shell/dags/$dag");
const runsShown = 100;

interface Bar {
  run: string;
  at: string;
  state: string;
  ms: number;
}

/** How long the newest runs took, or one task in them. */
export function DurationsTab({ dag }: { dag: string }) {
  const { task } = route.useSearch();
  const navigate = route.useNavigate();
  const query = api.useQuery("get", "/api/v1/dags/{dag}/grid", { params: { path: { dag }, query: { limit: runsShown } } });
  return (
    <Loaded query={query}>
      {(page) => (
        <Card
          title={task === undefined ? "Runs, from start to end" : "One task, from its first start to its end"}
          aside={<Choice label="What" bare value={task ?? ""} options={[{ value: "", title: "The whole run" }, ...page.tasks.map(({ name }) => ({ value: name, title: name }))]} onChange={({ target }) => void navigate({ search: (now) => ({ ...now, task: target.value || undefined }), replace: true })} />}
        >
          <Bars page={page} task={task} />
        </Card>
      )}
    </Loaded>
  );
}

function barsOf({ runs }: GridPage, task: string | undefined, now: number): Bar[] {
  return [...runs].reverse().flatMap((run) => {
    const cell = task === undefined ? undefined : run.cells.find((each) => each.task === task);
    const state = task === undefined ? run.state : cellState(cell, run.state);
    const ms = task === undefined ? tookMs(run, now) : cell ? tookMs(cell, now) : null;
    return ms === null || state === undefined ? [] : [{ run: run.id, at: run.interval.start, state, ms }];
  });
}

/** Each bar is as wide as a finger needs, so that many are more than a window: the newest are seen first. */
function Bars({ page, task }: { page: GridPage; task: string | undefined }) {
  const now = useKnownNow(page.runs.some(({ startedAt, endedAt }) => startedAt !== null && endedAt === null));
  const bars = barsOf(page, task, now);
  const scroller = useRef<HTMLDivElement>(null);
  const newest = bars.at(-1)?.run;
  useLayoutEffect(() => {
    if (newest !== undefined) scroller.current?.scrollTo({ left: scroller.current.scrollWidth });
  }, [newest]);
  if (bars.length === 0) return <Empty title="Nothing of it has run yet" />;
  const all = bars.map(({ ms }) => ms);
  const longest = Math.max(1, ...all);
  const [oldest, latest] = [bars[0].at, bars[bars.length - 1].at];
  const endText = dayText(oldest) === dayText(latest) ? instantText : dayText;
  return (
    <>
      <Facts facts={[["Runs", bars.length], ["Median", durationText(quantileOf(all, 0.5))], ["95 of 100 within", durationText(quantileOf(all, 0.95))], ["Longest", durationText(longest)]]} />
      <div className={styles.top} aria-hidden>
        {durationText(longest)}
      </div>
      <div ref={scroller} className={styles.scroller}>
        <div className={styles.all}>
          <ol className={styles.chart} aria-label="Durations, the oldest run first">
            {bars.map(({ run, at, state, ms }) => (
              <li key={run}>
                <Link to="/runs/$run" params={{ run }} preload={false} title={`${instantText(at)}: ${durationText(ms)}, ${state}\n${utcText(at)}`} aria-label={`Run of ${instantText(at)}: ${durationText(ms)}, ${state}`}>
                  <span className={`${styles.bar} ${styles[state] ?? ""}`} style={{ height: `${Math.max(1, (ms / longest) * 100)}%` }} />
                </Link>
              </li>
            ))}
          </ol>
          <div className={styles.axis} aria-hidden>
            <span>{endText(oldest)}</span>
            <span>{endText(latest)}</span>
          </div>
        </div>
      </div>
    </>
  );
}
