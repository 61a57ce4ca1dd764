import { Zone } from "../../calendar/zone.ts";

const dayMs = 86_400_000;

/**
 * A time on the clocks of a zone: `2001-01-31 06:00`, with seconds where there are any, and with the offset where the clocks
 * show that time twice. What is finer than a second is cut off. Empty for none.
 *
 * @param moment - ISO 8601 in UTC
 */
export function momentText(moment: string | null, timezone: string): string {
  return moment === null ? "" : exactText(Math.floor(Date.parse(moment) / 1_000) * 1_000, Zone.of(timezone));
}

function exactText(at: number, zone: Zone): string {
  const wall = zone.wallOf(at);
  return `${dateOf(wall)} ${timeOf(wall)}${zone.instantsOf(wall).kind === "fold" ? offsetText(zone.offsetMs(at)) : ""}`;
}

/** `2001-01-31` for a whole day of the zone, `2001-01-31 06:00 to 07:00` within one, one time for an empty interval, else both ends in full. */
export function intervalText({ start, end }: { start: string; end: string }, timezone: string): string {
  if (start === end) return momentText(start, timezone);
  const zone = Zone.of(timezone);
  const [from, to] = [zone.wallOf(Date.parse(start)), zone.wallOf(Date.parse(end))];
  if (from % dayMs === 0 && to - from === dayMs) return dateOf(from);
  const last = exactText(Date.parse(end), zone);
  return `${exactText(Date.parse(start), zone)} to ${dateOf(from) === dateOf(to) ? last.slice(dateOf(to).length + 1) : last}`;
}

/** The zone that all have, else UTC. */
export function commonZone(zones: Iterable<string>): string {
  const all = new Set(zones);
  return all.size === 1 ? [...all][0] : "UTC";
}

const dateOf = (wall: number): string => new Date(wall).toISOString().split("T")[0];

function timeOf(wall: number): string {
  const time = new Date(wall).toISOString().split("T")[1].slice(0, -1);
  return time.replace(/(:00)?\.000$/, "");
}

function offsetText(ms: number): string {
  const minutes = Math.abs(Math.round(ms / 60_000));
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${ms < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
