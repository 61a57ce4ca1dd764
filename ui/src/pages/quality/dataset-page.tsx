import { Link, useParams } from "@tanstack/react-router";
import { api, client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { visibleLine } from "../../design/visible-text.ts";
import { useAction } from "../../design/use-action.ts";
import { AnomalyCard } from "./anomaly-card.tsx";
import { BrokenRows } from "./broken-rows.tsx";
import { ChecksCard } from "./checks-card.tsx";
import { KeptBack } from "./kept-back.tsx";
import { qualityTones } from "./quality-page.tsx";
import { qualityRows } from "./quality-rows.ts";

const historyMax = 50;
const againMs = 10_000;

/** One dataset: what of it fails since when and in which rows, and what was not as usual. */
export default function DatasetPage() {
  const { dataset } = useParams({ from: "/shell/quality/$dataset" });
  const judged = api.useQuery("get", "/api/v1/quality", {}, { refetchInterval: againMs });
  const watched = api.useQuery("get", "/api/v1/watch", {}, { refetchInterval: againMs });
  const found = judged.data?.datasets.find((each) => each.dataset === dataset);
  const hasChecks = found !== undefined;
  const history = api.useQuery("get", "/api/v1/quality/{dataset}/judgements", { params: { path: { dataset }, query: { limit: historyMax } } }, { enabled: hasChecks, refetchInterval: againMs });
  const judge = useAction(async () => (await client.POST("/api/v1/quality/{dataset}/check", { params: { path: { dataset } }, body: {} })).data, (detail) => `${dataset} was judged: score ${detail?.score?.toFixed(0) ?? "unknown"}.`);
  const rows = judged.data && watched.data && qualityRows(judged.data.datasets.filter((each) => each.dataset === dataset), watched.data.datasets.filter((each) => each.dataset === dataset));
  const row = rows?.[0];
  return (
    <Page
      title={dataset}
      heading={<>{visibleLine(dataset)} {row && <StateBadge state={row.state} tone={qualityTones[row.state]} />}</>}
      actions={
        <>
          <Link to="/catalog/$kind/$entry" params={entryOf(dataset)}>
            In the catalog
          </Link>
          {hasChecks && (
            <Button look="primary" disabled={judge.isPending} onClick={() => judge.mutate(undefined)}>
              {judge.isPending ? "Judging…" : "Judge it now"}
            </Button>
          )}
        </>
      }
    >
      {found && <Loaded query={history}>{({ judgements }) => <ChecksCard dataset={dataset} judgements={judgements} since={found.since} />}</Loaded>}
      {judge.data && <BrokenRows results={judge.data.results} />}
      {hasChecks && <KeptBack dataset={dataset} />}
      <Loaded query={{ data: rows, error: judged.error ?? watched.error }}>
        {([seen]) => {
          if (seen === undefined) return <Card><Empty title="Nothing is known of it">It has no checks, and no version of it was looked at. Declare checks where it is declared.</Empty></Card>;
          return seen.lastVersionAt !== null && <AnomalyCard dataset={dataset} anomalies={seen.anomalies} />;
        }}
      </Loaded>
    </Page>
  );
}

function entryOf(dataset: string): { kind: string; entry: string } {
  return dataset.startsWith("topics.") ? { kind: "topic", entry: dataset.slice("topics.".length) } : { kind: "table", entry: dataset };
}
