import type { PostAnswer } from "../../api/types.ts";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { ValueTable } from "./value-table.tsx";

type Results = PostAnswer<"/api/v1/quality/{dataset}/check">["results"];

/** Whole rows that break a check, as they were found just now. */
export function BrokenRows({ results }: { results: Results }) {
  const broken = results.filter(({ sample }) => sample.length > 0);
  return (
    <Card title="Rows that break them, just now" flush>
      {broken.length === 0 && <Empty title="None" />}
      {broken.map(({ name, sample }) => <ValueTable key={name} title={name} rows={sample} />)}
    </Card>
  );
}
