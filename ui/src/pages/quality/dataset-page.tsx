import { useParams } from "@tanstack/react-router";
import { api, client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { useAction } from "../../design/use-action.ts";
import { AnomalyCard } from "./anomaly-card.tsx";
import { BrokenRows } from "./broken-rows.tsx";
import { ChecksCard } from "./checks-card.tsx";
import { qualityTones } from "./quality-page.tsx";
import { qualityRows } from "./quality-rows.ts";

const historyMax = 50;

/** One dataset: what of it fails since when and in which rows, and what was not as usual. */
export default function DatasetPage() {
  const { dataset } = useParams({ from: "/shell/quality/$dataset" });
  const judged = api.useQuery("get", "/api/v1/quality");
  const watched = api.useQuery("get", "/api/v1/watch");
  const hasChecks = judged.data?.datasets.some((each) => each.dataset === dataset) === true;
  const history = api.useQuery("get", "/api/v1/quality/{dataset}/judgements", { params: { path: { dataset }, query: { limit: historyMax } } }, { enabled: hasChecks });
  const judge = useAction(async () => (await client.POST("/api/v1/quality/{dataset}/check", { params: { path: { dataset } }, body: {} })).data, (detail) => `${dataset} was judged: score ${detail?.score?.toFixed(0) ?? "unknown"}.`);
  const row = judged.data && watched.data && qualityRows(judged.data.datasets.filter((each) => each.dataset === dataset), watched.data.datasets.filter((each) => each.dataset === dataset))[0];
  return (
    <Page
      title={dataset}
      heading={<>{dataset} {row && <StateBadge state={row.state} tone={qualityTones[row.state]} />}</>}
      actions={
        hasChecks && (
          <Button look="primary" disabled={judge.isPending} onClick={() => judge.mutate(undefined)}>
            {judge.isPending ? "Judging…" : "Judge it now"}
          </Button>
        )
      }
    >
      {hasChecks && <Loaded query={history}>{({ judgements }) => <ChecksCard dataset={dataset} judgements={judgements} />}</Loaded>}
      {judge.data && <BrokenRows results={judge.data.results} />}
      {row && row.lastVersionAt !== null && <AnomalyCard dataset={dataset} anomalies={row.anomalies} />}
      {row === undefined && judged.data && watched.data && <Card>Nothing is known of this dataset: it has no checks, and no version of it was looked at.</Card>}
    </Page>
  );
}
