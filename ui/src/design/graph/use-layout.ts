import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Box, Line, Room } from "./box.ts";
import { readableFrom, zoomToFit } from "./first-view.ts";
import { carefulMax, type Layout, layOut } from "./layout.ts";

/**
 * Where boxes stand; kept for each shape, so that what only changes its figures stays where it is.
 * @param room - what the picture is seen in, for edges that lead where more of it can be read; without it they lead to the right
 */
export function useLayout(boxes: readonly Box[], edges: readonly Line[], room?: Room) {
  const shape = useMemo(() => JSON.stringify([boxes.map(({ id, width, height }) => [id, width, height]), edges.map(({ from, to }) => [from, to])]), [boxes, edges]);
  return useQuery<Layout>({
    queryKey: ["layout", shape, room?.width, room?.height],
    queryFn: () => (room === undefined ? layOut(boxes, edges) : layOutFor(boxes, edges, room)),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10 * 60_000,
    placeholderData: keepPreviousData,
    structuralSharing: false,
  });
}

/** Downwards on what is held upright; else to the right, unless more can be read downwards. */
async function layOutFor(boxes: readonly Box[], edges: readonly Line[], room: Room): Promise<Layout> {
  const aspect = room.width / room.height;
  if (aspect < 1) return layOut(boxes, edges, "down", aspect);
  const right = await layOut(boxes, edges, "right", aspect);
  const fits = zoomToFit(right.places.values(), room);
  if (fits >= readableFrom || boxes.length > carefulMax) return right;
  const down = await layOut(boxes, edges, "down", aspect);
  return zoomToFit(down.places.values(), room) > fits ? down : right;
}
