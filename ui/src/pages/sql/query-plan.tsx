import { useNavigate, useSearch } from "@tanstack/react-router";
import { api } from "../../api/client.ts";
import type { paths } from "../../api/paths.ts";
import { Button } from "../../design/components/button.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { counted, durationText } from "../../design/format.ts";
import { visibleText } from "../../design/visible-text.ts";
import styles from "./query-plan.module.css";

type Plan = paths["/api/v1/sql/plan"]["post"]["responses"][200]["content"]["application/json"];
interface Step extends Omit<Plan["steps"][number], "steps"> {
  steps: Step[];
}

/** How the engine goes about a statement, from the end to the beginnings; and when it was run for that, what took the time. */
export function QueryPlan({ sql }: { sql: string }) {
  const navigate = useNavigate({ from: "/sql" });
  const measured = useSearch({ from: "/shell/sql" }).measured === "yes";
  const plan = api.useQuery("post", "/api/v1/sql/plan", { body: { sql, measured, timeout: "5m" } }, { staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false, retry: false });
  return (
    <div className={styles.plan}>
      <div className={styles.head}>
        <p className="quiet">{measured ? "What each step took. Times are of all processors together." : "What would be done, with the engine's guess of how many rows each step gives."}</p>
        <Button onClick={() => void navigate({ search: (before) => ({ ...before, measured: measured ? undefined : "yes" }), replace: true })}>{measured ? "Only guess" : "Run it and measure"}</Button>
      </div>
      <Loaded query={plan}>
        {({ ms, steps }) => {
          const all = steps as unknown as Step[];
          if (all.length === 0) return <Empty title="There is nothing to do" />;
          return (
            <>
              {ms !== null && <p>{durationText(ms)} in all</p>}
              <Steps steps={all} most={Math.max(1e-9, ...all.flatMap(timesOf))} />
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

const timesOf = ({ ms, steps }: Step): number[] => [ms ?? 0, ...steps.flatMap(timesOf)];

function Steps({ steps, most }: { steps: Step[]; most: number }) {
  return (
    <ul className={styles.steps}>
      {steps.map((step, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: steps have no names of their own, and never move
        <li key={i}>
          <div className={styles.step}>
            <p className={styles.line}>
              <strong>{step.name.replaceAll("_", " ").toLowerCase()}</strong>
              {step.rows !== null && <span className="quiet">{counted(step.rows, "row")}</span>}
              {step.ms !== null && (
                <>
                  <span className="numeric">{durationText(step.ms)}</span>
                  <meter className={styles.share} min={0} max={most} value={step.ms} aria-label={`share of the longest step: ${Math.round((100 * step.ms) / most)} %`} />
                </>
              )}
            </p>
            {step.details.map(({ name, text }) => (
              <p key={name} className={styles.detail}>
                {name}: <span className="foreign">{visibleText(text.slice(0, 600))}</span>
              </p>
            ))}
          </div>
          {step.steps.length > 0 && <Steps steps={step.steps} most={most} />}
        </li>
      ))}
    </ul>
  );
}
