import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Dialog } from "../../design/components/dialog.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Facts } from "../../design/components/facts.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { useAction } from "../../design/use-action.ts";
import { PlanChanges } from "./plan-changes.tsx";
import { PlanFiles } from "./plan-files.tsx";
import type { ReleasePlan } from "./plan-lines.ts";
import { ReleasesCard } from "./releases-card.tsx";
import { SourceFolders } from "./source-folders.tsx";
import { StayingRuns } from "./staying-runs.tsx";

/** The project's folder beside what runs, and the button that makes them one. */
export default function PlanPage() {
  const plan = useQuery({
    // Under the address that answers: asked anew when another release was taken.
    queryKey: ["plan", "/api/v1/releases/apply"],
    queryFn: async ({ signal }) => (await client.POST("/api/v1/releases/apply", { body: { dryRun: true }, signal })).data as ReleasePlan,
    // The folder is read by a process of its own: not for each look away from the window.
    refetchOnWindowFocus: false,
  });
  const [asking, setAsking] = useState(false);
  const changes = plan.data !== undefined && (plan.data.from !== plan.data.to || plan.data.startsAnew);
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
              <Facts facts={[["New runs get", <code key="from">{shown.from ?? "nothing yet"}</code>], ["In the folder", <code key="to">{shown.to}</code>], ["Read", <Moment key="at" at={plan.dataUpdatedAt} />]]} />
            </Card>
            {shown.refusal && <ErrorBox error={shown.refusal} />}
            {shown.problems.map((problem) => (
              <ErrorBox key={`${problem.code} ${problem.where} ${problem.what}`} error={problem} />
            ))}
            <PlanChanges plan={shown} />
            <PlanFiles files={shown.files} />
            {shown.staying.length > 0 && <StayingRuns staying={shown.staying} />}
            {shown.sources.length > 0 && <SourceFolders sources={shown.sources} />}
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
  const apply = useAction(async () => (await client.POST("/api/v1/releases/apply", { body: { release: plan.to } })).data, () => (plan.startsAnew ? `Millrace starts anew with release ${plan.to}.` : `New runs get release ${plan.to}.`));
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
      {plan.startsAnew && <p>It changes stages, or topics and tables of theirs: Millrace drains and starts anew with it, which takes some seconds. Stages go on from where they were; nothing is lost or doubled. Tasks that run now are tried again if they have not ended in time.</p>}
      {apply.error !== null && <ErrorBox error={apply.error} />}
    </Dialog>
  );
}
