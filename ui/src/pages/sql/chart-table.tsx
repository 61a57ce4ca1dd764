import { useState } from "react";
import { Moment } from "../../design/components/moment.tsx";
import { Table, type TableColumn } from "../../design/components/table.tsx";
import { countText } from "../../design/format.ts";
import { visibleLine } from "../../design/visible-text.ts";
import type { ChartData } from "./chart-data.ts";
import styles from "./result-chart.module.css";

/** Places that are listed; the rows have all of them. */
const listedMax = 500;
const nameMax = 80;

const shown = (name: string): string => visibleLine(name.slice(0, nameMax));

/** What a picture shows, in figures: for who does not see it, and for who wants them exactly. */
export function ChartTable({ data, along }: { data: ChartData; along: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>In figures</summary>
      {isOpen && (
        <div className={styles.figures}>
          <Table label="What is drawn" columns={columnsOf(data, along)} rows={data.said.slice(0, listedMax).map((said, i) => ({ said, i }))} rowKey={({ i }) => String(i)} />
          {data.x.length > listedMax && <p className="quiet">The first {countText(listedMax)} of {countText(data.x.length)} places.</p>}
        </div>
      )}
    </details>
  );
}

interface Place {
  /** As the result has it. */
  said: string;
  /** Its number among all. */
  i: number;
}

function columnsOf({ time, series }: ChartData, along: string): TableColumn<Place>[] {
  return [
    { title: shown(along), cell: ({ said }) => (time === "instant" ? <Moment at={said} /> : <span className="foreign">{shown(said)}</span>) },
    ...series.map(({ name, said }, line): TableColumn<Place> => ({ title: series.some((each, i) => i < line && shown(each.name) === shown(name)) ? `${shown(name)} (${line + 1})` : shown(name), align: "right", cell: ({ i }) => shown(said[i] ?? "–") })),
  ];
}
