import { SegmentReader } from "./embedded/segment-reader.ts";
import type { PlacedEntries } from "./driver.ts";

export type Place = PlacedEntries["entries"][number]["place"];

/** Reads the batches at places that `LogDriver.places` gave. */
export type PlaceReader = Pick<SegmentReader, "batches" | "close">;

/** @param folder - as `LogDriver.places` gave it */
export function readPlaces(folder: string): PlaceReader {
  return new SegmentReader(folder);
}
