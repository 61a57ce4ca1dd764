import { useQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { Button } from "../../design/components/button.tsx";
import { Empty } from "../../design/components/empty.tsx";
import { Choice, TextField } from "../../design/components/field.tsx";
import { Loaded, Page } from "../../design/components/page.tsx";
import { useSearchText } from "../../design/use-search-text.ts";
import { useStatus } from "../../live/use-status.ts";
import { ColumnGraph } from "./column-graph.tsx";
import { GraphCanvas } from "./graph-canvas.tsx";
import { GraphList } from "./graph-list.tsx";
import styles from "./graph.module.css";
import { useAllDags } from "../dags/use-all-dags.ts";
import { useQualityRows } from "../quality/use-quality-rows.ts";
import { graphQuery } from "./graph-queries.ts";
import { liveOf } from "./node-facts.ts";
import { NodePane } from "./node-pane.tsx";
import { type Around, pictureOf, type ProjectGraph, type Zoom } from "./scope.ts";
import { useGraphSearch } from "./use-graph-search.ts";

const zooms = [
  { value: "system", title: "System" },
  { value: "parts", title: "Parts" },
  { value: "columns", title: "Columns" },
];
const depths = ["1", "2", "3", "5", "all"];
const sides: Around[] = ["before", "after", "both"];

export default function GraphPage() {
  const graph = useQuery(graphQuery());
  return (
    <Page title="Graph">
      <Loaded query={graph}>{(whole) => (whole.nodes.length === 0 ? <Empty title="The project declares nothing yet">Write a topic, a table or a DAG into pipeline.ts; it is seen here when Millrace is brought up again.</Empty> : <Explorer graph={whole} />)}</Loaded>
    </Page>
  );
}

function Explorer({ graph }: { graph: ProjectGraph }) {
  const { search, set } = useGraphSearch();
  const [text, write] = useSearchText("q", search.q);
  const status = useStatus().data;
  const dags = useAllDags().data;
  const quality = useQualityRows().data;
  const live = useMemo(() => liveOf(status, dags, quality), [status, dags, quality]);
  const { focus, zoom = "parts", hidden, depth } = search;
  const side = sides.find((each) => each === search.around);
  const level: Zoom = zoom === "system" ? "system" : "parts";
  const picture = useMemo(() => pictureOf(graph, { zoom: level, hidden: hidden === "shown", ...(side && focus && { around: { id: focus, side, depth: depth === "all" ? graph.nodes.length : Number(depth ?? 3) || 3 } }) }), [graph, level, hidden, side, focus, depth]);
  const found = useMemo(() => (text === "" ? undefined : new Set(picture.parts.filter(({ name, kind, form, members }) => [name, kind, form, ...members.map((member) => member.name)].some((said) => said.toLowerCase().includes(text.toLowerCase()))).map(({ id }) => id))), [picture, text]);
  const open = picture.parts.find(({ id, members }) => id === focus || members.some((member) => member.id === focus));
  const onOpen = useCallback((id: string) => set({ focus: id }), [set]);
  return (
    <>
      <div className={styles.tools}>
        <TextField label="Find" bare placeholder="Find in the graph" value={text} onChange={(event) => write(event.target.value)} onKeyDown={(event) => event.key === "Enter" && found?.size && onOpen([...found][0])} />
        <Choice label="Zoom" bare value={zoom} options={zooms} onChange={(event) => set({ zoom: event.target.value === "parts" ? undefined : event.target.value })} />
        {side && (
          <>
            <Choice label="Sides" bare value={side} options={[{ value: "before", title: "what is before it" }, { value: "after", title: "what is behind it" }, { value: "both", title: "both sides of it" }]} onChange={(event) => set({ around: event.target.value })} />
            <Choice label="Steps" bare value={depth ?? "3"} options={depths.map((value) => ({ value, title: value === "all" ? "all steps" : `${value} ${value === "1" ? "step" : "steps"}` }))} onChange={(event) => set({ depth: event.target.value })} />
            <Button onClick={() => set({ around: undefined, depth: undefined })}>Show all</Button>
          </>
        )}
        <label className={styles.check}>
          <input type="checkbox" checked={hidden === "shown"} onChange={(event) => set({ hidden: event.target.checked ? "shown" : undefined })} /> dead letters and the like
        </label>
        <Button aria-pressed={search.as === "list"} onClick={() => set({ as: search.as === "list" ? undefined : "list" })}>
          {search.as === "list" ? "As a picture" : "As a list"}
        </Button>
        {found !== undefined && <span role="status">{found.size} found</span>}
      </div>
      <div className={styles.page} data-open={open !== undefined || undefined}>
        <section className={styles.frame} aria-label="The project's graph">
          {zoom === "columns" ? <ColumnGraph graph={graph} focus={focus} /> : search.as === "list" ? <GraphList picture={picture} live={live} found={found} onOpen={onOpen} /> : <GraphCanvas picture={picture} live={live} focus={open?.id} found={found} onOpen={onOpen} />}
        </section>
        {open && <NodePane part={open} picture={picture} live={live} onOpen={onOpen} onClose={() => set({ focus: undefined, around: undefined, depth: undefined })} />}
      </div>
    </>
  );
}
