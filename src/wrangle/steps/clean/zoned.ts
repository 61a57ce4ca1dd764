import { Zone } from "../../../calendar/zone.ts";
import { sqlText } from "../../../lake/duckdb.ts";

/*
 * What clocks of a place show, as UTC. A time that they skip or show twice is no instant: nobody can tell which one it was.
 * No two changes of clocks are within 32 hours, so that the offsets 16 hours before and after are the only ones in question.
 */

/**
 * SQL: the instant at which the clocks of `zone` show a time, in UTC; null where there is none or two.
 * @param once - gives a name to what is to be computed once
 */
export function zonedSql(time: string, zone: string, once: (sql: string) => string): string {
  const wall = once(time);
  const candidate = (away: string): string => {
    const near = `timezone('UTC', ${wall} ${away} interval 16 hour)`;
    return once(`timezone('UTC', ${wall}) - (timezone(${sqlText(zone)}, ${near}) - timezone('UTC', ${near}))`);
  };
  const [first, second] = [candidate("-"), candidate("+")];
  const shows = (instant: string): string => `coalesce(timezone(${sqlText(zone)}, ${instant}) = ${wall}, false)`;
  const instant = `case when ${shows(first)} and ${shows(second)} then case when ${first} = ${second} then ${first} end when ${shows(first)} then ${first} when ${shows(second)} then ${second} end`;
  return `timezone('UTC', ${instant})`;
}

/** The same in TypeScript, of a time as the engine prints it. */
export function zonedOf(time: string | null, zone: string): string | null {
  if (time === null) return null;
  const [clock, fraction] = time.split(".");
  const instants = Zone.of(zone).instantsOf(Date.parse(`${clock.replace(" ", "T")}Z`));
  if (instants.kind !== "one") return null;
  const utc = new Date(instants.at).toISOString();
  return `${utc.slice(0, 10)} ${utc.slice(11, 19)}${fraction === undefined ? "" : `.${fraction}`}`;
}
