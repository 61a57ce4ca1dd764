import { BaseEdge, type Edge, type EdgeProps, getBezierPath } from "@xyflow/react";
import type { Point } from "./box.ts";
import { middleOf, pathOf } from "./route.ts";

type RoutedEdgeProps = EdgeProps<Edge<{ route?: Point[] }>>;

/** An edge along its route; one that has none goes from box to box. */
export function RoutedEdge({ data, label, markerEnd, ...ends }: RoutedEdgeProps) {
  const route = data?.route;
  const [path, x, y] = getBezierPath(ends);
  const at = route ? middleOf(route) : { x, y };
  return <BaseEdge path={route ? pathOf(route) : path} label={label} labelX={at.x} labelY={at.y} labelBgPadding={[4, 2]} labelBgBorderRadius={4} markerEnd={markerEnd} />;
}
