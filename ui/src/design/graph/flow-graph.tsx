import "@xyflow/react/dist/style.css";
import { Background, Controls, Handle, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import { type ReactNode, useMemo } from "react";
import { useTheme } from "../theme.ts";
import styles from "./flow-graph.module.css";
import type { Placed } from "./box.ts";
import { useLayout } from "./use-layout.ts";

export interface FlowGraphNode {
  id: string;
  /** What it shows; a link in it leads on. */
  content: ReactNode;
}

interface FlowGraphProps {
  label: string;
  nodes: FlowGraphNode[];
  edges: { from: string; to: string }[];
  nodeWidth?: number;
  nodeHeight?: number;
}

const nodeTypes = { content: ContentNode };

/** A graph from left to right that can be moved and made larger. Hundreds of nodes: those out of sight are not there. */
export function FlowGraph({ label, nodes, edges, nodeWidth = 200, nodeHeight = 52 }: FlowGraphProps) {
  const colorMode = useTheme();
  const boxes = useMemo(() => nodes.map(({ id }) => ({ id, width: nodeWidth, height: nodeHeight })), [nodes, nodeWidth, nodeHeight]);
  const places = useLayout(boxes, edges).data;
  const flowNodes = useMemo(
    () => (places ? nodes.flatMap(({ id, content }) => (places.has(id) ? [{ id, type: "content", position: places.get(id) as Placed, width: nodeWidth, height: nodeHeight, data: { content } }] : [])) : []),
    [nodes, places, nodeWidth, nodeHeight],
  );
  const flowEdges = useMemo(() => edges.map(({ from, to }) => ({ id: `${from}\n${to}`, source: from, target: to })), [edges]);
  return (
    <section className={styles.frame} aria-label={label} aria-busy={places === undefined}>
      {places && (
        <ReactFlow
          nodes={flowNodes}
          edges={flowEdges}
          nodeTypes={nodeTypes}
          colorMode={colorMode}
          fitView
          fitViewOptions={{ maxZoom: 1, padding: 0.08 }}
          minZoom={0.05}
          maxZoom={2}
          onlyRenderVisibleElements={nodes.length > 100}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          proOptions={{ hideAttribution: true }}
        >
          <Background gap={24} />
          <Controls showInteractive={false} />
        </ReactFlow>
      )}
    </section>
  );
}

function ContentNode({ data }: NodeProps) {
  return (
    <>
      <Handle type="target" position={Position.Left} className={styles.handle} isConnectable={false} />
      {(data as { content: ReactNode }).content}
      <Handle type="source" position={Position.Right} className={styles.handle} isConnectable={false} />
    </>
  );
}
