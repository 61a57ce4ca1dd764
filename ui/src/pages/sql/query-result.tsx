import { Empty } from "../../design/components/empty.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Loaded, Waiting } from "../../design/components/page.tsx";
import { StateBadge } from "../../design/components/state-badge.tsx";
import { Tabs } from "../../design/components/tabs.tsx";
import { bytesText, counted, durationText } from "../../design/format.ts";
import { useScript } from "../../design/use-script.ts";
import { DownloadMenu } from "./download-menu.tsx";
import { QueryDetails } from "./query-details.tsx";
import { QueryPlan } from "./query-plan.tsx";
import styles from "./query-result.module.css";
import { ResultGrid } from "./result-grid.tsx";
import { orderOf, orderText } from "./row-order.ts";
import { useSqlSearch } from "./search.ts";
import { useQueryView } from "./use-query-view.ts";
import type { QueryView } from "./ended-query.ts";

const loadChart = () => import("./result-chart.tsx");

const tabs = [
  { name: "rows", title: "Rows" },
  { name: "chart", title: "Chart" },
  { name: "plan", title: "Plan" },
  { name: "details", title: "Details" },
];

/** What came of a statement. */
export function QueryResult({ query }: { query: string }) {
  const view = useQueryView(query);
  return <Loaded query={view}>{(found) => <Seen key={found.id} view={found} />}</Loaded>;
}

function Seen({ view }: { view: QueryView }) {
  const { search } = useSqlSearch();
  const tab = tabs.find(({ name }) => name === search.tab)?.name ?? "rows";
  return (
    <>
      <div className={styles.head}>
        <Tabs tabs={tabs} current={tab} />
        <p className={styles.facts} role="status">
          <StateBadge state={view.state} />
          {view.state === "succeeded" && <span>{counted(view.cost.rows, "row")}</span>}
          {view.cost.ms !== null && <span>{durationText(view.cost.ms)}</span>}
          {view.endedAt === null && view.progress !== null && <span>{Math.round(view.progress)} %</span>}
          {view.state === "succeeded" && <span className="quiet">{view.cached ? "as before: nothing has changed" : `${bytesText(view.cost.bytesScanned)} opened`}</span>}
        </p>
        {view.state === "succeeded" && <DownloadMenu view={view} />}
      </div>
      {view.notes?.map((note) => (
        <p key={note} className={`${styles.note} foreign`}>
          {note}
        </p>
      ))}
      {tab === "plan" ? <QueryPlan sql={view.sql} /> : tab === "details" ? <QueryDetails view={view} /> : <Outcome view={view} tab={tab} />}
    </>
  );
}

function Outcome({ view, tab }: { view: QueryView; tab: string }) {
  const { search, set } = useSqlSearch();
  const { id, error, endedAt, columns, cost, kind, resultUntil } = view;
  if (error !== null) {
    return (
      <div className={styles.body}>
        <ErrorBox error={Object.assign(new Error(error.what), error)} />
      </div>
    );
  }
  if (endedAt === null) return <p className={styles.waiting}>The statement {view.state === "queued" ? "waits for its turn" : "runs"}…</p>;
  if (kind === "sql") return <Empty title="Its result was answered at once and is not kept">Run it again to look at its rows.</Empty>;
  if (resultUntil !== null && Date.parse(resultUntil) < Date.now()) return <Empty title="The result is kept no more">Results are kept for a day. Run the statement again.</Empty>;
  if (columns === null || columns.length === 0) return <Empty title="The statement gives no columns" />;
  if (tab === "chart") return <Chart query={id} columns={columns} rowCount={cost.rows ?? 0} />;
  return (
    <>
      <ResultGrid query={id} columns={columns} rowCount={cost.rows ?? 0} order={orderOf(search.order, columns.length)} onOrder={(order) => set({ order: orderText(order) })} />
      {cost.rows === 0 && <Empty title="No row fulfils the statement" />}
    </>
  );
}

function Chart(props: { query: string; columns: NonNullable<QueryView["columns"]>; rowCount: number }) {
  const chart = useScript(loadChart);
  return chart ? <chart.ResultChart {...props} /> : <Waiting />;
}
