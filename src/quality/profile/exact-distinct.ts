import type { RunStatement } from "../states/collect-states.ts";
import type { ProfiledColumn } from "../states/profiled-column.ts";
import type { ColumnProfile } from "./profile.ts";

/** Each holds all different values of a column while it is counted; what does not fit into memory goes to disk. */
const columnsTogether = 4;

/**
 * Counts the different values that were estimated, over all rows. A column of none twice is known to be so from then on.
 * @param table - as SQL names it
 */
export async function withExactDistinct(run: RunStatement, table: string, columns: readonly ProfiledColumn[], profiles: readonly ColumnProfile[]): Promise<ColumnProfile[]> {
  const counted = [...profiles];
  const estimated = profiles.flatMap(({ distinct, kind }, place) => (distinct.exact || kind === "struct" ? [] : [place]));
  for (let from = 0; from < estimated.length; from += columnsTogether) {
    const places = estimated.slice(from, from + columnsTogether);
    const [[json]] = await run(`select cast(json_array(${places.map((place) => `count(distinct ${valueSql(columns[place])})`).join(", ")}) as varchar) from ${table}`);
    for (const [i, value] of (JSON.parse(String(json)) as number[]).entries()) counted[places[i]] = withDistinct(profiles[places[i]], value);
  }
  return counted;
}

/** NaN is no value. */
const valueSql = ({ kind, sql }: ProfiledColumn): string => (kind === "float" ? `case when not isnan(${sql}) then ${sql} end` : sql);

function withDistinct(profile: ColumnProfile, value: number): ColumnProfile {
  const isUnique = value === profile.rows - profile.nulls - profile.notNumbers;
  return { ...profile, distinct: { value, exact: true }, nature: isUnique ? "unique" : profile.nature === "unique" ? null : profile.nature };
}
