import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { X } from "lucide-react";
import { useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Choice, TextField } from "../../design/components/field.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { useAction } from "../../design/use-action.ts";
import styles from "./backfill-form.module.css";
import { type BackfillPlan, planText } from "./plan-text.ts";
import { dayAfter } from "./month-days.ts";

const reprocesses = [
  { value: "none", title: "Leave intervals that have a run" },
  { value: "failed", title: "Run those that failed again" },
  { value: "completed", title: "Run all that have ended again" },
];
const orders = [
  { value: "oldest", title: "The oldest first" },
  { value: "newest", title: "The newest first" },
];
const listed = 50;

/** What a backfill of the days would do; and makes it. */
export function BackfillForm({ dag, from, to, onClose }: { dag: string; from: string; to: string; onClose(): void }) {
  const navigate = useNavigate();
  const [order, setOrder] = useState<"oldest" | "newest">("oldest");
  const [reprocess, setReprocess] = useState<"none" | "failed" | "completed">("none");
  const [active, setActive] = useState("10");
  const maxActiveRuns = Number(active);
  const isCount = Number.isInteger(maxActiveRuns) && maxActiveRuns >= 1 && maxActiveRuns <= 10_000;
  const body = { dag, from, to: dayAfter(to, 1), order, reprocess, ...(isCount ? { maxActiveRuns } : {}) };
  const dry = useQuery({
    queryKey: ["post", "/api/v1/backfills", body],
    queryFn: async ({ signal }) => (await client.POST("/api/v1/backfills", { body: { ...body, dryRun: true }, signal })).data as BackfillPlan,
    placeholderData: keepPreviousData,
  });
  const create = useAction(
    async () => (await client.POST("/api/v1/backfills", { body })).data as BackfillPlan,
    ({ intervals }) => `A backfill of ${intervals.length.toLocaleString("en")} intervals was made.`,
  );
  const runs = dry.data?.intervals.filter(({ decision }) => decision === "run" || decision === "rerun").length ?? 0;
  const make = (): void => create.mutate(undefined, { onSuccess: ({ backfill }) => backfill && void navigate({ to: "/backfills/$backfill", params: { backfill: backfill.id } }) });
  return (
    <Card title={from === to ? `Backfill ${from}` : `Backfill ${from} to ${to}`} aside={<Button look="plain" icon={<X size={16} />} label="Paint nothing" onClick={onClose} />}>
      <div className={styles.form}>
        <Choice label="Intervals that have a run" options={reprocesses} value={reprocess} onChange={({ target }) => setReprocess(target.value as typeof reprocess)} />
        <Choice label="Order" options={orders} value={order} onChange={({ target }) => setOrder(target.value as typeof order)} />
        <TextField label="Runs at once, at most" inputMode="numeric" value={active} aria-invalid={!isCount} hint={isCount ? undefined : "A whole number from 1 to 10,000"} onChange={({ target }) => setActive(target.value)} />
        <Loaded query={dry}>{(plan) => <DryRun plan={plan} />}</Loaded>
        <Button look="primary" disabled={runs === 0 || !isCount || create.isPending || dry.isPlaceholderData} onClick={make}>
          {dry.data === undefined ? "Run intervals" : runs === 0 ? "Nothing to run" : `Run ${runs.toLocaleString("en")} intervals`}
        </Button>
      </div>
    </Card>
  );
}

function DryRun({ plan }: { plan: BackfillPlan }) {
  return (
    <div>
      <p role="status">{planText(plan)}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
      <ul className={styles.list} aria-label="What would be done" tabIndex={0}>
        {plan.intervals.slice(0, listed).map(({ ordinal, interval, run, decision }) => (
          <li key={ordinal}>
            <Moment at={interval.start} />
            {run === null ? <span>{decision}</span> : <Link to="/runs/$run" params={{ run }}>{decision}</Link>}
          </li>
        ))}
      </ul>
      {plan.intervals.length > listed && <p className="quiet">… and {(plan.intervals.length - listed).toLocaleString("en")} more</p>}
    </div>
  );
}
