import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { client } from "../../api/client.ts";
import { Empty } from "../../design/components/empty.tsx";
import { Choice } from "../../design/components/field.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { counted, countText } from "../../design/format.ts";
import { isNumberType } from "./cell-text.ts";
import { type ChartData, type ChartKind, chartData, defaultAxes, seriesMax, timeKindOf } from "./chart-data.ts";
import { ChartTable } from "./chart-table.tsx";
import { Plot } from "./plot.tsx";
import styles from "./result-chart.module.css";

/** Points that a picture can hold. */
const rowsMax = 50_000;
/** Columns that can be chosen from. */
const columnsMax = 500;
const kinds: ChartKind[] = ["line", "bars", "points"];

interface Column {
  name: string;
  type: string;
}

/** The result as a picture; what is drawn stands in the address. */
export function ResultChart({ query, columns: all, rowCount }: { query: string; columns: readonly Column[]; rowCount: number }) {
  const navigate = useNavigate({ from: "/sql" });
  const search = useSearch({ from: "/shell/sql" });
  const columns = all.slice(0, columnsMax);
  const first = defaultAxes(columns, isNumberType);
  const indexOf = (text: string | undefined, otherwise: number): number => (text !== undefined && columns[Number(text)] !== undefined ? Number(text) : otherwise);
  const x = indexOf(search.x, first.x);
  const y = indexOf(search.y, first.y);
  const by = indexOf(search.by, -1);
  const kind = kinds.find((each) => each === search.kind) ?? (timeKindOf(columns[x]?.type ?? "") || isNumberType(columns[x]?.type ?? "") ? "line" : "bars");
  const set = (change: Partial<Record<"x" | "y" | "by" | "kind", string>>): void => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const titles = columns.map(({ name }, i) => ({ value: String(i), title: name.slice(0, 80) || "(no name)" }));
  const numbers = titles.filter((_, i) => isNumberType(columns[i].type));
  if (numbers.length === 0) return <Empty title="There is no number to draw">Add one to the statement: count(*), sum(…), avg(…)</Empty>;
  return (
    <div className={styles.chart}>
      <div className={styles.axes}>
        <Choice label="Drawn as" value={kind} options={kinds.map((value) => ({ value, title: value }))} onChange={(event) => set({ kind: event.target.value })} />
        <Choice label="Along" value={String(x)} options={titles} onChange={(event) => set({ x: event.target.value })} />
        <Choice label="Upwards" value={String(y)} options={numbers} onChange={(event) => set({ y: event.target.value })} />
        <Choice label="One line for each" value={String(by)} options={[{ value: "-1", title: "(nothing)" }, ...titles]} onChange={(event) => set({ by: event.target.value === "-1" ? undefined : event.target.value })} />
      </div>
      <Drawn query={query} rowCount={rowCount} x={{ ...columns[x], at: x }} y={{ ...columns[y], at: y }} by={by < 0 ? undefined : { ...columns[by], at: by }} kind={kind} />
    </div>
  );
}

type Placed = Column & { at: number };

function Drawn({ query, rowCount, x, y, by, kind }: { query: string; rowCount: number; x: Placed; y: Placed; by: Placed | undefined; kind: ChartKind }) {
  const values = useQuery({
    queryKey: ["chart", query, x.at, y.at, by?.at],
    queryFn: async ({ signal }) => Promise.all([x, y, ...(by ? [by] : [])].map(({ at }) => columnOf(query, at, signal))),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const data = useMemo(() => values.data && chartData(values.data[0], { isNumber: isNumberType(x.type), time: timeKindOf(x.type) }, values.data[1], y.name, values.data[2]), [values.data, x.type, y.name]);
  const words = `${kind}: ${y.name} along ${x.name}${by ? `, one line for each ${by.name}` : ""}`;
  return (
    <Loaded query={{ data, error: values.error }}>
      {(drawn) => (
        <>
          <Plot data={drawn} kind={kind} label={words} />
          <p className="quiet">
            {counted(pointsOf(drawn), "point")} in {counted(drawn.series.length, "line")}
            {rowCount > rowsMax && ` of the first ${countText(rowsMax)} rows; the result has ${countText(rowCount)}`}
            {drawn.hidden > 0 && `; ${countText(drawn.hidden)} rows are not drawn: they have no number, or another row has the same place`}
            {drawn.more > 0 && `; ${countText(drawn.more)} lines behind the first ${seriesMax} are not drawn`}.
          </p>
          <ChartTable data={drawn} along={x.name} />
        </>
      )}
    </Loaded>
  );
}

const pointsOf = ({ series }: ChartData): number => series.reduce((sum, { values }) => sum + values.filter((value) => value !== null).length, 0);

async function columnOf(query: string, at: number, signal: AbortSignal): Promise<unknown[]> {
  const window = { page: "0", limit: rowsMax, columnsFrom: at, columns: 1, cellChars: 100 };
  const { data } = await client.GET("/api/v1/queries/{query}/results", { params: { path: { query }, query: window }, signal });
  return ((data?.rows ?? []) as unknown[][]).map(([value]) => value);
}
