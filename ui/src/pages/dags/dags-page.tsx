import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useRef } from "react";
import { Choice, TextField } from "../../design/components/field.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { useSearchText } from "../../design/use-search-text.ts";
import { useKeys } from "../../shell/use-keys.ts";
import { DagList } from "./dag-list.tsx";
import styles from "./dags-page.module.css";
import { type DagFilter, filterDags } from "./filter-dags.ts";
import { type DagStatus, useAllDags } from "./use-all-dags.ts";

const route = getRouteApi("/shell/dags");
const states = [
  { value: "", title: "Any state" },
  { value: "failed", title: "Last run failed" },
  { value: "running", title: "Running" },
  { value: "success", title: "Last run succeeded" },
  { value: "paused", title: "Paused" },
  { value: "problem", title: "With a problem" },
  { value: "new", title: "Without runs" },
];

export default function DagsPage() {
  const dags = useAllDags();
  return (
    <Page title="DAGs">
      <Loaded query={dags}>{(all) => (all.length === 0 ? <NoDags /> : <Found all={all} />)}</Loaded>
    </Page>
  );
}

function NoDags() {
  return (
    <Empty title="The project has no DAGs">
      <p>
        Recurring work is declared with <code>dag("name", …)</code> in a pipeline; a table with a <code>schedule</code> brings one of its own.
      </p>
    </Empty>
  );
}

function Found({ all }: { all: DagStatus[] }) {
  const filter = route.useSearch();
  const [text, write] = useSearchText("find", filter.find);
  const navigate = route.useNavigate();
  const field = useRef<HTMLDivElement>(null);
  const found = useMemo(() => filterDags(all, filter), [all, filter]);
  const tags = useMemo(() => [...new Set(all.flatMap((dag) => dag.tags))].sort(), [all]);
  const set = (change: DagFilter): void => void navigate({ search: (now) => ({ ...now, ...change }), replace: true });
  useKeys(useMemo(() => ({ "/": () => field.current?.querySelector("input")?.focus() }), []));
  return (
    <>
      <div className={styles.filters} ref={field}>
        <TextField label="Find" bare type="search" placeholder="Find by name, tag, owner   /" value={text} onChange={({ target }) => write(target.value)} />
        <Choice label="State" bare options={states} value={filter.state ?? ""} onChange={({ target }) => set({ state: target.value || undefined })} />
        {tags.length > 0 && <Choice label="Tag" bare options={[{ value: "", title: "Any tag" }, ...tags.map((tag) => ({ value: tag, title: tag }))]} value={filter.tag ?? ""} onChange={({ target }) => set({ tag: target.value || undefined })} />}
        <span className="quiet" role="status">
          {found.length === all.length ? `${all.length.toLocaleString("en")} DAGs` : `${found.length.toLocaleString("en")} of ${all.length.toLocaleString("en")} DAGs`}
        </span>
      </div>
      {found.length === 0 ? <Empty title="No DAG is like that">Take a word or a choice away above.</Empty> : <DagList dags={found} />}
    </>
  );
}
