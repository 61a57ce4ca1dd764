import { Link, useSearch } from "@tanstack/react-router";
import { Ago } from "../../design/components/ago.tsx";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { TextField } from "../../design/components/field.tsx";
import { Moment } from "../../design/components/moment.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText, counted } from "../../design/format.ts";
import { useSearchText } from "../../design/use-search-text.ts";
import { visibleLine } from "../../design/visible-text.ts";
import type { DeadLetters } from "./kept-back-of.ts";
import styles from "./quality.module.css";
import type { QualityRow } from "./quality-rows.ts";
import { useKeptBack } from "./use-kept-back.ts";
import { qualityTones, useQualityRows } from "./use-quality-rows.ts";

const columns = (keptBack: (dataset: string) => DeadLetters[]): TableColumn<QualityRow>[] => [
  { title: "Dataset", cell: ({ dataset }) => <Link to="/quality/$dataset" params={{ dataset }} className="foreign">{dataset}</Link> },
  { title: "State", cell: ({ state }) => <StateBadge state={state} tone={qualityTones[state]} /> },
  { title: "What is wrong", cell: (row) => <span className="foreign">{wrongText(row)}</span> },
  { title: "Since", cell: ({ since }) => <Moment at={since} /> },
  { title: "Kept back", cell: ({ dataset }) => keptBack(dataset).filter(({ records }) => records > 0).map((letters) => <KeptBackLink key={letters.stage} {...letters} />) },
  { title: "Checks", align: "right", cell: ({ checks }) => (checks === 0 ? "none" : countText(checks)) },
  { title: "Score", align: "right", cell: ({ score }) => (score === null ? "–" : score.toFixed(0)) },
  { title: "Judged", cell: ({ judgedAt }) => <Ago at={judgedAt} /> },
  { title: "Newest version", cell: ({ lastVersionAt }) => <Ago at={lastVersionAt} /> },
];

/** To the records that a stage would not take, as they came. */
function KeptBackLink({ stage, records }: DeadLetters) {
  return <Link to="/stages/$stage" params={{ stage }} search={{ tab: "dead-letters" }} className={`${styles.kept} foreign`}>{countText(records)} by {visibleLine(stage)}</Link>;
}

function wrongText({ broken, state, anomalies }: QualityRow): string {
  if (broken.length > 0) return broken.map(({ name, failures }) => (failures === null ? name : `${name} (${counted(failures, "row")})`)).join(", ");
  return state === "unusual" ? anomalies[0].text : "";
}

/** Before it is known. */
const none = (): DeadLetters[] => [];

/** What fails, first; then all that is judged or watched. */
export default function QualityPage() {
  const search = useSearch({ from: "/shell/quality" });
  const [find, write] = useSearchText("find", search.find);
  const { data: keptBack = none } = useKeptBack();
  return (
    <Page title="Quality" actions={<TextField label="Find a dataset" bare placeholder="Find a dataset" type="search" value={find} onChange={({ target }) => write(target.value)} />}>
      <Loaded query={useQualityRows()}>
        {(all) => {
          const rows = all.filter(({ dataset }) => dataset.toLowerCase().includes(find.toLowerCase()));
          return (
            <Card title={counted(rows.length, "dataset")} flush>
              {rows.length > 0 ? (
                <Table label="Datasets" columns={columns(keptBack)} rows={rows} rowKey={({ dataset }) => dataset} />
              ) : (
                <Empty title={all.length === 0 ? "Nothing is judged or watched yet" : "No dataset is called so"}>{all.length === 0 && <p>Declare checks of a table or topic; tables of the lake are watched by themselves as soon as they have versions.</p>}</Empty>
              )}
            </Card>
          );
        }}
      </Loaded>
    </Page>
  );
}
