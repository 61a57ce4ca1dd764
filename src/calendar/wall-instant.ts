import type { Zone } from "./zone.ts";

/**
 * The instant of a time on the wall by the defaults of cron, which are Airflow's: in a gap as much later as the clocks jump,
 * and of two the second.
 *
 * @param wallMs - the milliseconds since 1970 that the time would be in UTC
 */
export function wallInstant(zone: Zone, wallMs: number): number {
  const instants = zone.instantsOf(wallMs);
  if (instants.kind === "gap") return wallMs - instants.beforeMs;
  return instants.kind === "fold" ? instants.second : instants.at;
}
