import "@xyflow/react/dist/style.css";
import { Controls, type Edge, Handle, MarkerType, type Node, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import { memo, useMemo } from "react";
import { Empty } from "../../design/components/empty.tsx";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { Loaded } from "../../design/components/page.tsx";
import { useTheme } from "../../design/theme.ts";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./column-graph.module.css";
import { type ColumnFlow, columnKey, type DatasetColumns, followed } from "./column-lineage.ts";
import canvas from "./graph.module.css";
import { KindIcon } from "./kind-icon.tsx";
import type { ProjectGraph } from "./scope.ts";
import { useColumnLineage } from "./use-column-lineage.ts";
import { useGraphSearch } from "./use-graph-search.ts";
import { lookedAt } from "../../design/graph/looked-at.ts";
import { useLayout } from "../../design/graph/use-layout.ts";

/** Columns of a dataset that the picture has room for; those that lead somewhere come first. */
const columnsMax = 40;
const headHeight = 34;
const rowHeight = 24;
const width = 230;

/** Where the columns of a dataset come from, and what comes from them. */
export function ColumnGraph({ graph, focus }: { graph: ProjectGraph; focus: string | undefined }) {
  const node = graph.nodes.find(({ id, kind }) => id === focus && ["table", "view", "topic"].includes(kind));
  if (node === undefined) return <Empty title="Whose columns?">Choose a table, a view or a topic: find it in the graph, open it, and press Columns.</Empty>;
  return <Lineage key={node.id} graph={graph} focus={node.id} />;
}

function Lineage({ graph, focus }: { graph: ProjectGraph; focus: string }) {
  const { search, set } = useGraphSearch();
  const { datasets, flows, unknown, isLoading, isCut, error } = useColumnLineage(graph, focus);
  const kin = search.column === undefined ? undefined : followed(flows, focus, search.column);
  const ready = isLoading ? undefined : { datasets: shownColumns(datasets, flows, focus, kin), flows };
  return (
    <Loaded query={{ data: ready, error }}>
      {(found) => (
        <div className={styles.lineage}>
          {error !== undefined && error !== null && <ErrorBox error={error} />}
          <p className="quiet">
            {search.column === undefined ? "Choose a column to follow it." : <>Following <strong className="foreign">{visibleLine(search.column)}</strong>. </>}
            {search.column !== undefined && (
              <button type="button" className={styles.stop} onClick={() => set({ column: undefined })}>
                Show all columns
              </button>
            )}
            {unknown.length > 0 && ` Where the columns of ${unknown.join(", ")} come from is not known.`}
            {isCut && " Datasets further away are left out."}
          </p>
          <Drawn datasets={found.datasets} flows={found.flows} kin={kin} onFollow={(dataset, column) => set({ focus: dataset, column })} />
        </div>
      )}
    </Loaded>
  );
}

interface Shown extends DatasetColumns {
  more: number;
}

/** Datasets with the columns that there is room for; while one is followed, its kin alone. */
function shownColumns(datasets: DatasetColumns[], flows: ColumnFlow[], focus: string, kin: ReadonlySet<string> | undefined): Shown[] {
  const used = new Set(flows.flatMap(({ from, to }) => [columnKey(from.dataset, from.column), columnKey(to.dataset, to.column)]));
  const linked = new Set([focus, ...flows.flatMap(({ from, to }) => [from.dataset, to.dataset])]);
  return datasets
    .filter(({ dataset }) => linked.has(dataset))
    .map(({ dataset, columns }) => {
      const related = kin === undefined ? columns : columns.filter((column) => kin.has(columnKey(dataset, column)));
      const sorted = [...related].sort((a, b) => Number(used.has(columnKey(dataset, b))) - Number(used.has(columnKey(dataset, a))));
      return { dataset, columns: sorted.slice(0, columnsMax), more: columns.length - Math.min(sorted.length, columnsMax) };
    })
    .filter(({ dataset, columns }) => dataset === focus || columns.length > 0);
}

type DatasetNode = Node<{ dataset: string; columns: string[]; more: number; followed: string | undefined; onFollow(dataset: string, column: string): void }, "dataset">;

const nodeTypes = { dataset: memo(DatasetBox) };

function Drawn({ datasets, flows, kin, onFollow }: { datasets: Shown[]; flows: ColumnFlow[]; kin: ReadonlySet<string> | undefined; onFollow(dataset: string, column: string): void }) {
  const theme = useTheme();
  const { search } = useGraphSearch();
  const boxes = useMemo(() => datasets.map(({ dataset, columns, more }) => ({ id: dataset, width, height: headHeight + rowHeight * (columns.length + (more > 0 ? 1 : 0)) })), [datasets]);
  const there = new Set(datasets.flatMap(({ dataset, columns }) => columns.map((column) => columnKey(dataset, column))));
  const drawn = flows.filter(({ from, to }) => [columnKey(from.dataset, from.column), columnKey(to.dataset, to.column)].every((key) => there.has(key) && (kin === undefined || kin.has(key))));
  const ways = [...new Map(flows.filter(({ from, to }) => boxes.some(({ id }) => id === from.dataset) && boxes.some(({ id }) => id === to.dataset)).map(({ from, to }) => [`${from.dataset} ${to.dataset}`, { from: from.dataset, to: to.dataset }])).values()];
  const layout = useLayout(boxes, ways);
  return (
    <Loaded query={layout}>
      {({ places }) => {
        const nodes = datasets.flatMap(({ dataset, columns, more }): DatasetNode[] => {
          const place = places.get(dataset);
          return place ? [{ id: dataset, type: "dataset", position: { x: place.x, y: place.y }, data: { dataset, columns, more, followed: dataset === search.focus ? search.column : undefined, onFollow } }] : [];
        });
        const edges = drawn.map(({ from, to, kind }): Edge => ({ id: `${columnKey(from.dataset, from.column)} ${columnKey(to.dataset, to.column)}`, source: from.dataset, sourceHandle: `out:${from.column}`, target: to.dataset, targetHandle: `in:${to.column}`, className: `${canvas.edge} ${kind === "identity" ? "" : canvas.order}`, markerEnd: { type: MarkerType.ArrowClosed, color: "var(--line-strong)" } }));
        return (
          <div className={canvas.canvas}>
            <ReactFlow nodes={nodes} edges={edges} nodeTypes={nodeTypes} {...lookedAt} disableKeyboardA11y colorMode={theme} minZoom={0.1} fitView fitViewOptions={{ nodes: [{ id: search.focus ?? "" }], minZoom: 1, maxZoom: 1.1 }}>
              <Controls showInteractive={false} />
            </ReactFlow>
          </div>
        );
      }}
    </Loaded>
  );
}

function DatasetBox({ data: { dataset, columns, more, followed: column, onFollow } }: NodeProps<DatasetNode>) {
  const kind = dataset.startsWith("topic") ? "topic" : "table";
  return (
    <div className={styles.box}>
      <p className={styles.title}>
        <KindIcon kind={kind} />
        <span className="foreign">{visibleLine(dataset.slice(dataset.indexOf(":") + 1))}</span>
      </p>
      {columns.map((name) => (
        <div key={name} className={styles.column}>
          <Handle type="target" id={`in:${name}`} position={Position.Left} className={canvas.handle} isConnectable={false} />
          <button type="button" aria-pressed={name === column} onClick={() => onFollow(dataset, name)}>
            <span className="foreign">{visibleLine(name.slice(0, 100))}</span>
          </button>
          <Handle type="source" id={`out:${name}`} position={Position.Right} className={canvas.handle} isConnectable={false} />
        </div>
      ))}
      {more > 0 && <p className={styles.more}>{more.toLocaleString("en")} more</p>}
    </div>
  );
}
