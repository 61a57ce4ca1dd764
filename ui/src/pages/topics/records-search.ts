import type { Start } from "../records/record-pages.ts";

/** What the address says of the records that are shown. */
export interface RecordsSearch {
  from?: string;
  partition?: string;
  offset?: string;
  time?: string;
  cursor?: string;
  filter?: string;
  live?: string;
  record?: string;
}

const whole = (text: string | undefined): number | undefined => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined);

/** Where reading begins. What does not fit together is as if it were not there. */
export function startOf({ from, partition, offset, time, cursor, filter }: RecordsSearch): Start {
  const within = whole(partition);
  const at = within === undefined ? undefined : whole(offset);
  const moment = at === undefined && time !== undefined && !Number.isNaN(Date.parse(time)) ? new Date(time).toISOString() : undefined;
  return {
    ...(within !== undefined && { partition: within }),
    ...(filter !== undefined && filter.trim() !== "" && { filter: filter.trim() }),
    ...(cursor !== undefined ? { cursor } : at !== undefined ? { offset: at } : moment !== undefined ? { time: moment } : from === "start" ? { from: "start" as const } : {}),
  };
}

/** A moment as the browser's field for it has it, in the viewer's zone. */
export function fieldTime(time: string | undefined): string {
  const at = new Date(time ?? "");
  if (Number.isNaN(at.getTime())) return "";
  const two = (n: number): string => String(n).padStart(2, "0");
  return `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}
