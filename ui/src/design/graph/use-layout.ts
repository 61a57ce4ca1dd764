import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Box, Placed } from "./box.ts";
import { layOut } from "./layout.ts";

/** Where boxes stand; kept for each shape, so that what only changes its figures stays where it is. */
export function useLayout(boxes: readonly Box[], edges: readonly { from: string; to: string }[]) {
  const shape = useMemo(() => JSON.stringify([boxes.map(({ id, width, height }) => [id, width, height]), edges.map(({ from, to }) => [from, to])]), [boxes, edges]);
  return useQuery<Map<string, Placed>>({
    queryKey: ["layout", shape],
    queryFn: async () => new Map((await layOut(boxes, edges)).map((placed) => [placed.id, placed])),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10 * 60_000,
    placeholderData: keepPreviousData,
    structuralSharing: false,
  });
}
