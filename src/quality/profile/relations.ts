import type { RunStatement } from "../states/collect-states.ts";
import { numberSql, type ProfiledColumn } from "../states/profiled-column.ts";
import type { ColumnProfile, Relations } from "./profile.ts";

/*
 * What columns have to do with one another. Work that grows with pairs of columns is bounded twice: by the columns that are looked at,
 * and by a sample of rows that rules out nearly all of them. What the sample lets through is looked at over all rows, so that a key
 * or a dependency that is named holds.
 */

const sampleRows = 10_000;
const keyColumnsMax = 12;
const dependencyColumnsMax = 16;
const numberColumnsMax = 24;
/** Pairs that are looked at over all rows. */
const verifiedMax = 24;
/** Beyond, the squares of the sums would be beyond all doubles. */
const numberMax = 1e100;

interface Candidate {
  column: ProfiledColumn;
  profile: ColumnProfile;
}

/** @param table - as SQL names it */
export async function findRelations(run: RunStatement, table: string, columns: readonly ProfiledColumn[], profiles: readonly ColumnProfile[]): Promise<Relations> {
  const all = columns.map((column, i): Candidate => ({ column, profile: profiles[i] })).filter(({ column: { kind } }) => kind !== "size" && kind !== "struct");
  const rows = profiles[0]?.rows ?? 0;
  const notes: string[] = [];
  const bounded = (candidates: Candidate[], max: number, what: string): Candidate[] => {
    if (candidates.length > max) notes.push(`${what}: ${candidates.length - max} columns beyond the first ${max} were left out`);
    return candidates.slice(0, max);
  };
  if (rows < 2) return { keys: [], dependencies: [], correlations: [], sampledRows: rows, notes };
  // A measurement that never comes twice names nothing.
  const unique = all.filter(({ column: { kind }, profile: { nature, nulls } }) => kind !== "float" && nature === "unique" && nulls === 0);
  const singles = await verifiedKeys(run, table, bounded(unique, keyColumnsMax, "keys").map((candidate) => [candidate]));
  const varied = all.filter((candidate) => candidate.profile.distinct.value > 1 && candidate.profile.nature !== "unique");
  const pairs = singles.length > 0 ? [] : await keyPairs(run, table, bounded(varied.filter(({ column: { kind }, profile }) => kind !== "float" && profile.nulls === 0), keyColumnsMax, "keys of two columns"), rows);
  const dependencies = await findDependencies(run, table, bounded(varied, dependencyColumnsMax, "dependencies"), rows);
  const numbers = all.filter(({ column, profile }) => profile.distinct.value > 1 && numberSql(column, "x") !== undefined && Math.abs(Number(profile.numbers?.quantiles.values[0])) < numberMax && Math.abs(Number(profile.numbers?.quantiles.values.at(-1))) < numberMax);
  return {
    keys: [...singles, ...pairs].map((key) => key.map(({ profile }) => profile.name)),
    dependencies,
    correlations: await findCorrelations(run, table, bounded(numbers, numberColumnsMax, "correlations"), rows),
    sampledRows: Math.min(rows, sampleRows),
    notes,
  };
}

async function verifiedKeys(run: RunStatement, table: string, keys: Candidate[][]): Promise<Candidate[][]> {
  const found: Candidate[][] = [];
  for (const key of keys) {
    const values = key.map(({ column }) => column.sql).join(", ");
    const [[repeated]] = await run(`select exists (select 1 from ${table} group by ${values} having count(*) > 1)`);
    if (repeated === false) found.push(key);
  }
  return found;
}

/** Pairs that no two rows of the sample share, and that could name all rows. */
async function keyPairs(run: RunStatement, table: string, candidates: Candidate[], rows: number): Promise<Candidate[][]> {
  const pairs = candidates.flatMap((a, i) => candidates.slice(i + 1).map((b) => [a, b])).filter(([a, b]) => a.profile.distinct.value * b.profile.distinct.value >= rows);
  const counts = await overSample(run, table, rows, candidates, pairs.map(([a, b]) => `count(*) - count(distinct row(${nameIn(candidates, a)}, ${nameIn(candidates, b)}))`));
  return verifiedKeys(run, table, pairs.filter((_, i) => counts[i] === 0).slice(0, verifiedMax));
}

/** Where a value of `from` always comes with the same value of `to`, and values of `from` are there more than once. */
async function findDependencies(run: RunStatement, table: string, candidates: Candidate[], rows: number): Promise<Relations["dependencies"]> {
  // A measurement says nothing of what else is in its row, even where it never comes twice.
  const repeating = candidates.filter(({ column: { kind }, profile }) => kind !== "float" && kind !== "time" && profile.distinct.value <= rows / 2);
  const pairs = repeating.flatMap((from) => candidates.filter((to) => to !== from && to.profile.distinct.value <= from.profile.distinct.value * 1.1).map((to) => [from, to]));
  const broken = await overSample(run, table, rows, candidates, pairs.map(([from, to]) => `count(distinct row(${nameIn(candidates, from)}, ${nameIn(candidates, to)})) - count(distinct row(${nameIn(candidates, from)}))`));
  const found: Relations["dependencies"] = [];
  for (const [from, to] of pairs.filter((_, i) => broken[i] === 0).slice(0, verifiedMax)) {
    const [a, b] = [from.column.sql, to.column.sql];
    const [[isBroken]] = await run(`select exists (select 1 from (select ${a} as a, ${b} as b from ${table}) where a is not null group by a having min(b) is distinct from max(b) or count(b) not in (0, count(*)))`);
    if (isBroken === false) found.push({ from: from.profile.name, to: to.profile.name });
  }
  return found;
}

async function findCorrelations(run: RunStatement, table: string, candidates: Candidate[], rows: number): Promise<Relations["correlations"]> {
  const pairs = candidates.flatMap((_, i) => candidates.slice(i + 1).map((_, j) => [i, i + 1 + j]));
  if (pairs.length === 0) return [];
  const numbers = candidates.map(({ column }, i) => `${numberSql(column, column.sql)} as n${i}`).join(", ");
  // Equal values share the mean of their ranks; null has none.
  const ranks = candidates.map((_, i) => `case when n${i} is not null then rank() over (order by n${i}) + (count(*) over (partition by n${i}) - 1) / 2.0 end as r${i}`).join(", ");
  const measures = pairs.map(([i, j]) => `json_array(${finiteSql(`corr(n${i}, n${j})`)}, ${finiteSql(`corr(r${i}, r${j})`)})`).join(", ");
  const [[json]] = await run(`select cast(json_array(${measures}) as varchar) from (select *, ${ranks} from (select ${numbers} from ${table}${sampled(rows)}))`);
  return (JSON.parse(String(json)) as [number | null, number | null][]).map(([pearson, spearman], i) => ({ a: candidates[pairs[i][0]].profile.name, b: candidates[pairs[i][1]].profile.name, pearson, spearman }));
}

const finiteSql = (number: string): string => `case when isfinite(${number}) then ${number} end`;

/** The same row of the sample is the same for every measure; which rows they are is left to chance. */
const sampled = (rows: number): string => (rows <= sampleRows ? "" : ` where random() < ${sampleRows / rows}`);

async function overSample(run: RunStatement, table: string, rows: number, candidates: readonly Candidate[], measures: readonly string[]): Promise<number[]> {
  if (measures.length === 0) return [];
  const values = candidates.map(({ column }, i) => `${column.sql} as c${i}`).join(", ");
  const [[json]] = await run(`with sampled as materialized (select ${values} from ${table}${sampled(rows)}) select cast(json_array(${measures.join(", ")}) as varchar) from sampled`);
  return JSON.parse(String(json)) as number[];
}

const nameIn = (candidates: readonly Candidate[], candidate: Candidate): string => `c${candidates.indexOf(candidate)}`;
