import { Link } from "@tanstack/react-router";
import { Card } from "../../design/components/card.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { Table } from "../../design/components/table.tsx";
import { countText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import { useKeptBack } from "./use-kept-back.ts";

/** Of a topic, or of a table that a stage writes: the records that stages would not take, which are kept and can be sent again. */
export function KeptBack({ dataset }: { dataset: string }) {
  const keptBack = useKeptBack();
  return (
    <Card title="Records that were kept back" flush>
      <Loaded query={keptBack}>
        {(keptBackOf) => {
          const rows = keptBackOf(dataset);
          if (rows.length === 0) return dataset.startsWith("topics.") ? <Empty title="No stage with code of its own reads it">What such a stage cannot take is kept back, told here, and can be sent again.</Empty> : <Empty title="No stage stands between">Its rows are written by tasks or by others: a version that fails is told here, and none of its rows is kept back.</Empty>;
          return (
            <Table
              label="Records that were kept back"
              columns={[
                { title: "Stage", cell: ({ stage }) => <Link to="/stages/$stage" params={{ stage }} search={{ tab: "dead-letters" }} className="foreign">{visibleLine(stage)}</Link> },
                { title: "Dead letters", align: "right", cell: ({ records }) => countText(records) },
              ]}
              rows={rows}
              rowKey={({ stage }) => stage}
            />
          );
        }}
      </Loaded>
    </Card>
  );
}
