import { wallInstant } from "./wall-instant.ts";
import type { CalendarSchedule } from "./schedule.ts";
import type { Ticks } from "./ticks.ts";
import { Zone } from "./zone.ts";

const dayMs = 86_400_000;
/** Months of the Gregorian calendar, on the mean. */
const monthMs = 30.436875 * dayMs;
/** Years that four digits can say; beyond them nothing is looked for. */
const earliest = Date.UTC(1_000, 0, 1);
const latest = Date.UTC(9_999, 0, 1);

/** Ticks by the calendar. Those at or before the anchor are counted from it in either way of clamping. */
export function calendarTicks({ months, days, anchor, timezone, clamp }: Omit<CalendarSchedule, "kind">): Ticks {
  const zone = Zone.of(timezone);
  const anchorWall = zone.wallOf(Date.parse(anchor));
  const fromAnchor = (index: number): number => plusMonths(anchorWall, index * months) + index * days * dayMs;
  const wallAt = clamp === "airflow" && months > 0 ? stepped(fromAnchor, months, days) : fromAnchor;
  const instantAt = (index: number): number => wallInstant(zone, wallAt(index));
  const guess = (at: number): number => Math.floor((at - anchorWall) / (months * monthMs + days * dayMs));
  const after = (at: number): number => firstBeyond(instantAt, guess(at), at);
  return {
    tickAfter: (at) => (at < earliest || at >= latest ? undefined : instantAt(after(at))),
    tickUntil: (at) => (at < earliest || at >= latest ? undefined : instantAt(after(at) - 1)),
  };
}

/** Each tick from the one before. They are kept, at most twelve a year, as the tenth cannot be told without the ninth. */
function stepped(fromAnchor: (index: number) => number, months: number, days: number): (index: number) => number {
  const walls = [fromAnchor(0)];
  return (index) => {
    if (index < 0) return fromAnchor(index);
    while (walls.length <= index) walls.push(plusMonths(walls[walls.length - 1], months) + days * dayMs);
    return walls[index];
  };
}

/** The same time so many months later; where the month has no such day, on its last. */
function plusMonths(wall: number, months: number): number {
  const date = new Date(wall);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + months, date.getUTCDate()];
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return date.setUTCFullYear(year, month, Math.min(day, last));
}

/** The least index whose value is greater than `at`; values never fall as indices rise. */
function firstBeyond(valueAt: (index: number) => number, guess: number, at: number): number {
  let [low, high] = [guess, guess + 1];
  for (let step = 1; valueAt(low) > at; step *= 2) low -= step;
  for (let step = 1; valueAt(high) <= at; step *= 2) high += step;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (valueAt(middle) > at) high = middle;
    else low = middle;
  }
  return high;
}
