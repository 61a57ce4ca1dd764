import { MillraceError } from "../errors.ts";
import type { TopicInfo } from "../log/driver.ts";

/** Where to read on in each partition: partition to offset. */
export type Cursor = Map<number, number>;

/** `0:12,1:40`: it holds positions and nothing else, so a forged one reads what its forger may read anyway. */
export function cursorText(cursor: Cursor): string {
  return [...cursor].map(([partition, offset]) => `${partition}:${offset}`).join(",");
}

const form = /^\d{1,10}:\d{1,16}(?:,\d{1,10}:\d{1,16})*$/;

/**
 * @param where - the parameter or header that it came in
 * @throws MillraceError `MR-HTTP-006` when it is none, or names partitions that the topic does not have
 */
export function parseCursor(text: string, topic: TopicInfo, where: string): Cursor {
  if (!form.test(text)) throw refuse("the cursor was not made by this service", where);
  const cursor = new Map(text.split(",").map((part) => part.split(":").map(Number) as [number, number]));
  for (const [partition, offset] of cursor) {
    if (partition >= topic.partitions || !Number.isSafeInteger(offset)) throw refuse(`the cursor does not fit topic "${topic.name}"`, where);
  }
  return cursor;
}

function refuse(what: string, where: string): MillraceError {
  return new MillraceError("MR-HTTP-006", { what, where, mend: "send back `next` of an answer as it is, or leave the cursor out to begin anew" });
}
