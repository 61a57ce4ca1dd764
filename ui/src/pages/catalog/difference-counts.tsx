import { useQuery } from "@tanstack/react-query";
import { client } from "../../api/client.ts";
import { Card } from "../../design/components/card.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Facts } from "../../design/components/facts.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { countText } from "../../design/format.ts";
import { differenceCountSql, type VersionPair } from "./row-difference.ts";
import { useStatement } from "./use-statement.ts";

const kindsMax = 4;

/** How many rows are gone, new and changed between two versions, of all there are. */
export function DifferenceCounts({ pair }: { pair: VersionPair }) {
  const { data: view, error } = useStatement(differenceCountSql(pair), kindsMax);
  const isDone = view !== undefined && view.error === null;
  const counted = useQuery({
    queryKey: ["counts", view?.id],
    queryFn: async ({ signal }) => (await client.GET("/api/v1/queries/{query}/results", { params: { path: { query: view?.id as string }, query: { limit: kindsMax } }, signal })).data?.rows as [string, number | string][],
    enabled: isDone,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (view?.error) return <ErrorBox error={Object.assign(new Error(view.error.what), view.error)} />;
  return (
    <Loaded query={{ data: counted.data, error: error ?? counted.error }}>
      {(rows) => {
        const counts = new Map(rows.map(([kind, count]) => [kind, Number(count)]));
        const of = (kind: string): string => countText(counts.get(kind) ?? 0);
        return (
          <Card>
            <Facts facts={[["Rows that are gone", of("gone")], ["Rows that are new", of("new")], pair.key.length > 0 && ["Rows that changed", of("after")], pair.key.length > 0 && ["Told apart by", pair.key.join(", ")]]} />
          </Card>
        );
      }}
    </Loaded>
  );
}
