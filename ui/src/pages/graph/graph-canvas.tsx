import "@xyflow/react/dist/style.css";
import { Background, Controls, type Edge, MarkerType, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { Loaded } from "../../design/components/page.tsx";
import { useTheme } from "../../design/theme.ts";
import styles from "./graph.module.css";
import { readingOrder, stepTo } from "./graph-keys.ts";
import { GraphNode, type PartNode } from "./graph-node.tsx";
import type { Placed } from "../../design/graph/layout.ts";
import { edgeRate, factsOf, type Live, outputsOf, rateLabel } from "./node-facts.ts";
import type { Picture } from "./scope.ts";
import { useLayout } from "../../design/graph/use-layout.ts";

const size = { width: 190, height: 52 };
const nodeTypes = { part: GraphNode };
/** More nodes than that are put into the page as they come into sight. */
const allMax = 1_000;

interface GraphCanvasProps {
  picture: Picture;
  live: Live;
  focus: string | undefined;
  /** Those that are searched for; undefined: nothing is. */
  found: ReadonlySet<string> | undefined;
  onOpen(id: string): void;
}

export function GraphCanvas(props: GraphCanvasProps) {
  const boxes = useMemo(() => props.picture.parts.map(({ id }) => ({ id, ...size })), [props.picture]);
  const layout = useLayout(boxes, props.picture.edges);
  return (
    <Loaded query={layout}>
      {(places) => (
        <ReactFlowProvider>
          <Drawn {...props} places={places} />
        </ReactFlowProvider>
      )}
    </Loaded>
  );
}

function Drawn({ picture, live, focus, found, onOpen, places }: GraphCanvasProps & { places: ReadonlyMap<string, Placed> }) {
  const box = useRef<HTMLDivElement>(null);
  const flow = useReactFlow();
  const [current, setCurrent] = useState(focus);
  const order = useMemo(() => readingOrder(places), [places]);
  const at = current !== undefined && places.has(current) ? current : order[0];
  const outputs = useMemo(() => outputsOf(picture.edges), [picture]);
  const nodes = useMemo(
    () =>
      picture.parts.flatMap((part): PartNode[] => {
        const place = places.get(part.id);
        if (place === undefined) return [];
        return [{ id: part.id, type: "part", position: { x: place.x, y: place.y }, ...size, data: { part, facts: factsOf(part, live), isCurrent: part.id === at, isFocus: part.id === focus, isFaint: found !== undefined && !found.has(part.id), onOpen } }];
      }),
    [picture, places, live, at, focus, found, onOpen],
  );
  const edges = useMemo(
    () =>
      picture.edges.map((edge): Edge => {
        const rate = edgeRate(edge, outputs, live);
        return { id: `${edge.from} ${edge.to}`, source: edge.from, target: edge.to, label: rateLabel(rate), className: `${styles.edge} ${edge.kind === "order" ? styles.order : ""} ${rate ? styles.flowing : ""}`, markerEnd: { type: MarkerType.ArrowClosed, color: "var(--line-strong)" } };
      }),
    [picture, outputs, live],
  );
  useEffect(() => {
    if (focus !== undefined && places.has(focus)) void flow.fitView({ nodes: [{ id: focus }], maxZoom: Math.max(flow.getZoom(), 0.7), minZoom: 0.5 });
  }, [focus, places, flow]);
  const onKey = (event: KeyboardEvent): void => {
    const from = (event.target as HTMLElement).closest<HTMLElement>("[data-node]")?.dataset.node ?? at;
    const next = from === undefined ? undefined : stepTo(event.key, from, picture.edges, places);
    const place = next === undefined ? undefined : places.get(next);
    if (next === undefined || place === undefined) return;
    event.preventDefault();
    setCurrent(next);
    void flow.setCenter(place.x + size.width / 2, place.y + size.height / 2, { zoom: Math.max(flow.getZoom(), 0.6) });
    // The node may have to come into the page first.
    requestAnimationFrame(() => requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(next)}"]`)?.focus({ preventScroll: true })));
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the buttons inside
    <div ref={box} className={styles.canvas} onKeyDown={onKey}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        onlyRenderVisibleElements={nodes.length > allMax}
        colorMode={useTheme()}
        minZoom={0.05}
        fitView
        fitViewOptions={{ maxZoom: 1.1 }}
        proOptions={{ hideAttribution: true }}
      >
        <Background gap={24} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}
