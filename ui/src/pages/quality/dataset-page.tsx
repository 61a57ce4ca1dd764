import { Link, useParams, useSearch } from "@tanstack/react-router";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { visibleLine } from "../../design/visible-text.ts";
import { AnomalyCard } from "./anomaly-card.tsx";
import { DatasetChecks } from "./dataset-checks.tsx";
import { qualityTones, useQualityRows } from "./use-quality-rows.ts";

/** One dataset: what of it fails since when and in which rows, and what was not as usual. */
export default function DatasetPage() {
  const { dataset } = useParams({ from: "/shell/quality/$dataset" });
  const { check } = useSearch({ from: "/shell/quality/$dataset" });
  const { data: rows, error } = useQualityRows();
  const row = rows?.find((each) => each.dataset === dataset);
  return (
    <Page
      title={dataset}
      heading={<>{visibleLine(dataset)} {row && <StateBadge state={row.state} tone={qualityTones[row.state]} />}</>}
      actions={
        <Link to="/catalog/$kind/$entry" params={entryOf(dataset)}>
          In the catalog
        </Link>
      }
    >
      {row && row.checks > 0 && <DatasetChecks key={dataset} dataset={dataset} check={check} />}
      <Loaded query={{ data: rows, error }}>
        {() => {
          if (row === undefined) return <Card><Empty title="Nothing is known of it">It has no checks, and no version of it was looked at. Declare checks where it is declared.</Empty></Card>;
          return row.lastVersionAt !== null && <AnomalyCard dataset={dataset} anomalies={row.anomalies} />;
        }}
      </Loaded>
    </Page>
  );
}

function entryOf(dataset: string): { kind: string; entry: string } {
  return dataset.startsWith("topics.") ? { kind: "topic", entry: dataset.slice("topics.".length) } : { kind: "table", entry: dataset };
}
