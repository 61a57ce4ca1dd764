import "@xyflow/react/dist/style.css";
import { Background, Controls, type Edge, Handle, MarkerType, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import { type ReactNode, useMemo, useState } from "react";
import { useTheme } from "../theme.ts";
import type { Line, Room } from "./box.ts";
import { firstView } from "./first-view.ts";
import styles from "./flow-graph.module.css";
import { type Layout, lineKey } from "./layout.ts";
import { lookedAt } from "./looked-at.ts";
import { RoutedEdge } from "./routed-edge.tsx";
import { handlesOf } from "./handles-of.ts";
import { sidesOf } from "./sides-of.ts";
import { useLayout } from "./use-layout.ts";
import { useRoom } from "./use-room.ts";

export interface FlowGraphNode {
  id: string;
  /** What it shows; a link in it leads on. */
  content: ReactNode;
}

interface FlowGraphProps {
  label: string;
  nodes: FlowGraphNode[];
  edges: Line[];
}

const size = { width: 200, height: 52 };
const nodeTypes = { content: ContentNode };
const edgeTypes = { routed: RoutedEdge };

/** A graph that can be moved and made larger. Hundreds of nodes: those out of sight are not there. */
export function FlowGraph({ label, nodes, edges }: FlowGraphProps) {
  const boxes = useMemo(() => nodes.map(({ id }) => ({ id, ...size })), [nodes]);
  const [measure, room] = useRoom();
  const layout = useLayout(boxes, edges, room).data;
  return (
    <section ref={measure} className={styles.frame} aria-label={label} aria-busy={layout === undefined}>
      {layout && room && <Drawn key={layout.direction} nodes={nodes} edges={edges} layout={layout} room={room} />}
    </section>
  );
}

function Drawn({ nodes, edges, layout, room }: Omit<FlowGraphProps, "label"> & { layout: Layout; room: Room }) {
  const colorMode = useTheme();
  const [first] = useState(() => firstView(layout, room));
  const flowNodes = useMemo(
    () =>
      nodes.flatMap(({ id, content }) => {
        const place = layout.places.get(id);
        return place ? [{ id, type: "content", position: { x: place.x, y: place.y }, ...size, ...sidesOf(layout.direction), measured: size, handles: handlesOf(layout.direction, size), data: { content } }] : [];
      }),
    [nodes, layout],
  );
  const flowEdges = useMemo(() => edges.map((edge): Edge => ({ id: lineKey(edge), type: "routed", source: edge.from, target: edge.to, data: { route: layout.routes.get(lineKey(edge)) }, markerEnd: { type: MarkerType.ArrowClosed, color: "var(--line-strong)" } })), [edges, layout]);
  return (
    <ReactFlow
      nodes={flowNodes}
      edges={flowEdges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      colorMode={colorMode}
      defaultViewport={first}
      fitViewOptions={{ maxZoom: 1, padding: 0.05 }}
      minZoom={0.05}
      maxZoom={2}
      {...room}
      onlyRenderVisibleElements={nodes.length > 100}
      {...lookedAt}
    >
      <Background gap={24} />
      <Controls showInteractive={false} />
    </ReactFlow>
  );
}

function ContentNode({ data, sourcePosition = Position.Right, targetPosition = Position.Left }: NodeProps) {
  return (
    <>
      <Handle type="target" position={targetPosition} className={styles.handle} isConnectable={false} />
      {(data as { content: ReactNode }).content}
      <Handle type="source" position={sourcePosition} className={styles.handle} isConnectable={false} />
    </>
  );
}
