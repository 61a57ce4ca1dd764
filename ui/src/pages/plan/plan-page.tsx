import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { useAction } from "../../design/use-action.ts";
import { PlanChanges } from "./plan-changes.tsx";
import type { ReleasePlan } from "./plan-lines.ts";
import styles from "./plan-page.module.css";
import { ReleasesCard } from "./releases-card.tsx";

/** The project's folder beside what runs, and the button that makes them one. */
export default function PlanPage() {
  const plan = useQuery({
    queryKey: ["plan"],
    queryFn: async ({ signal }) => (await client.POST("/api/v1/releases/apply", { body: { dryRun: true }, signal })).data as ReleasePlan,
    // The folder is read by a process of its own: not for each look away from the window.
    refetchOnWindowFocus: false,
  });
  const [asking, setAsking] = useState(false);
  const changes = plan.data !== undefined && plan.data.from !== plan.data.to;
  return (
    <Page
      title="Plan"
      actions={
        <>
          <Button disabled={plan.isFetching} onClick={() => void plan.refetch()}>
            {plan.isFetching ? "Reading the folder…" : "Look again"}
          </Button>
          <Button look="primary" disabled={!changes || plan.data?.refusal !== null} onClick={() => setAsking(true)}>
            Apply…
          </Button>
        </>
      }
    >
      <Loaded query={plan}>
        {(shown) => (
          <>
            <Card>
              <dl className={styles.facts}>
                <div>
                  <dt>New runs get</dt>
                  <dd>
                    <code>{shown.from ?? "nothing yet"}</code>
                  </dd>
                </div>
                <div>
                  <dt>In the folder</dt>
                  <dd>
                    <code>{shown.to}</code>
                  </dd>
                </div>
                {shown.staying.map(({ dag, release, runs }) => (
                  <div key={`${dag} ${release}`}>
                    <dt className="foreign">{dag}</dt>
                    <dd>
                      {runs} runs stay on <code>{release}</code>
                    </dd>
                  </div>
                ))}
              </dl>
            </Card>
            {shown.refusal && <ErrorBox error={shown.refusal} />}
            {shown.problems.map((problem) => (
              <ErrorBox key={`${problem.code} ${problem.where} ${problem.what}`} error={problem} />
            ))}
            <PlanChanges plan={shown} />
            {asking && <Apply plan={shown} onClose={() => setAsking(false)} />}
          </>
        )}
      </Loaded>
      <ReleasesCard />
    </Page>
  );
}

function Apply({ plan, onClose }: { plan: ReleasePlan; onClose(): void }) {
  // That very release: what was read is what is applied, or nothing is.
  const apply = useAction(async () => (await client.POST("/api/v1/releases/apply", { body: { release: plan.to } })).data, () => `New runs get release ${plan.to}.`);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Apply release ${plan.to}?`}
      actions={
        <>
          <Button onClick={onClose}>Not yet</Button>
          <Button look="primary" disabled={apply.isPending} onClick={() => apply.mutate(undefined, { onSuccess: onClose })}>
            Apply
          </Button>
        </>
      }
    >
      <p>New runs get what the folder holds. Runs that go on keep their release.</p>
      {apply.error !== null && <ErrorBox error={apply.error} />}
    </Dialog>
  );
}
