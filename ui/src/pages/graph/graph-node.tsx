import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { memo } from "react";
import { visibleLine } from "../../design/visible-text.ts";
import styles from "./graph.module.css";
import { KindIcon } from "./kind-icon.tsx";
import type { NodeFacts } from "./node-facts.ts";
import type { Part } from "./scope.ts";

export type PartNode = Node<{ part: Part; facts: NodeFacts; isCurrent: boolean; isFocus: boolean; isFaint: boolean; onOpen(id: string): void }, "part">;

/** Something that runs or holds data, in the picture. */
export const GraphNode = memo(function GraphNode({ data: { part, facts, isCurrent, isFocus, isFaint, onOpen }, sourcePosition = Position.Right, targetPosition = Position.Left }: NodeProps<PartNode>) {
  return (
    <>
      <Handle type="target" position={targetPosition} className={styles.handle} isConnectable={false} />
      <button type="button" className={`${styles.node} ${facts.tone ? styles[facts.tone] : ""}`} data-node={part.id} data-kind={part.kind} data-focus={isFocus || undefined} data-faint={isFaint || undefined} tabIndex={isCurrent ? 0 : -1} aria-pressed={isFocus} onClick={() => onOpen(part.id)}>
        <span className={styles.name}>
          <KindIcon kind={part.kind} />
          <span className="visually-hidden">{part.kind} </span>
          <span className="foreign">{visibleLine(part.name.slice(0, 120))}</span>
        </span>
        <span className={styles.line}>
          {facts.state !== undefined && <span className={styles.state}>{facts.state}</span>}
          <span>{facts.line || part.form}</span>
        </span>
      </button>
      <Handle type="source" position={sourcePosition} className={styles.handle} isConnectable={false} />
    </>
  );
});
