import { Link } from "@tanstack/react-router";
import { Card } from "../../design/components/card.tsx";
import { Table } from "../../design/components/table.tsx";
import { countText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import type { ReleasePlan } from "./plan-lines.ts";

/** Runs that go on or wait, and keep the release that they have. */
export function StayingRuns({ staying }: Pick<ReleasePlan, "staying">) {
  return (
    <Card title="Runs that keep their release" flush>
      <Table
        label="Runs that keep their release"
        columns={[
          { title: "DAG", cell: ({ dag }) => <Link to="/dags/$dag" params={{ dag }} className="foreign">{visibleLine(dag)}</Link> },
          { title: "Release", cell: ({ release }) => <code>{release}</code> },
          { title: "Runs", align: "right", cell: ({ runs }) => countText(runs) },
        ]}
        rows={staying}
        rowKey={({ dag, release }) => `${dag} ${release}`}
      />
    </Card>
  );
}
