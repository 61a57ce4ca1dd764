import { Card } from "../../design/components/card.tsx";
import type { CheckOutcome } from "./quality-rows.ts";
import { ValueTable } from "./value-table.tsx";

/** Of some rows that break a check the values of its own columns, as they are kept with each judgement. */
export function BrokenKeys({ results }: { results: CheckOutcome[] }) {
  return (
    <Card title="Values that break them" aside={<span className="quiet">of the checks' own columns; judge it now to see whole rows</span>} flush>
      {results.filter(({ keys }) => keys.length > 0).map(({ name, keys }) => <ValueTable key={name} title={name} rows={keys} />)}
    </Card>
  );
}
