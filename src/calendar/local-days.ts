import { Zone } from "./zone.ts";

/** Whether an instant is on one of the days, `YYYY-MM-DD`, by the clocks of the zone. */
export function onDays(dates: string[], timezone: string): (at: number) => boolean {
  const zone = Zone.of(timezone);
  const days = new Set(dates.map((date) => Date.parse(date) / dayMs));
  return (at) => days.has(Math.floor(zone.wallOf(at) / dayMs));
}

const dayMs = 86_400_000;
