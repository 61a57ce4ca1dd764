import { api, client } from "../../api/client.ts";
import { Button } from "../../design/components/button.tsx";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { useAction } from "../../design/use-action.ts";
import { BrokenRows } from "./broken-rows.tsx";
import { ChecksCard } from "./checks-card.tsx";
import { KeptBack } from "./kept-back.tsx";
import { againMs } from "./use-quality-rows.ts";

const historyMax = 50;

/**
 * Checks of a dataset: how each was judged last and before, and the rows that break it when it is judged now.
 * @param check - the one whose judgements are read one by one
 */
export function DatasetChecks({ dataset, check }: { dataset: string; check: string | undefined }) {
  const judged = api.useQuery("get", "/api/v1/quality", {}, { refetchInterval: againMs });
  const found = judged.data?.datasets.find((each) => each.dataset === dataset);
  const history = api.useQuery("get", "/api/v1/quality/{dataset}/judgements", { params: { path: { dataset }, query: { limit: historyMax } } }, { enabled: found !== undefined, refetchInterval: againMs });
  const judge = useAction(async () => (await client.POST("/api/v1/quality/{dataset}/check", { params: { path: { dataset } }, body: {} })).data, (detail) => `${dataset} was judged: score ${detail?.score?.toFixed(0) ?? "unknown"}.`);
  if (judged.data !== undefined && found === undefined) return <Card title="Checks"><Empty title="It has no checks">Declare them where it is declared: checks: [notNull("id"), unique("id")]</Empty></Card>;
  const button = (
    <Button look="primary" disabled={judge.isPending} onClick={() => judge.mutate(undefined)}>
      {judge.isPending ? "Judging…" : "Judge it now"}
    </Button>
  );
  return (
    <>
      <Loaded query={{ data: found && history.data, error: judged.error ?? history.error }}>{({ judgements }) => <ChecksCard dataset={dataset} declared={found?.checks ?? []} judgements={judgements} since={found?.since ?? {}} check={check} judge={button} />}</Loaded>
      {judge.data && <BrokenRows results={judge.data.results} />}
      {found && <KeptBack dataset={dataset} />}
    </>
  );
}
