import fc from "fast-check";
import { expect, test } from "vitest";
import { type Bound, type ColumnState, compareBounds, distinctOf, mergeStates, noState } from "./column-state.ts";
import { distinctError, mergeSketches, sketchOfHashes } from "./distinct-sketch.ts";
import { frequentValues, mergeFrequent, mostFrequent } from "./frequent-values.ts";
import { mergePoints, pointsOfValues, quantilesAt } from "./quantile-points.ts";
import { measuredTables } from "./states-for-tests.ts";

/** Columns of few values and of many, with nulls, NaN and infinities, that are unlike in each part. */
const rowsOf = (from: number, to: number): string => `select
    i::integer as id, (i * 7919 % 50)::bigint as few, case when i % 10 = 0 then null else sin(i) * 1000 + i / 1000 end as measure,
    case when i % 1000 = 1 then 'nan'::double when i % 1000 = 2 then 'infinity'::double else i * 0.5 end as odd,
    case when i % 50 = 0 then ' N/A' when i % 77 = 0 then '' else 'customer ' || (i * 31 % 30000) end as customer, i % 3 = 0 as third,
    timestamp '2020-01-01' + to_seconds(i * 60) as at, (i * 12345 % 99991)::decimal(12, 2) / 100 as amount, repeat('x', (i % 5)::integer) as xs,
    [i, i + 1][1:(i % 3)::integer] as items, {'a': i % 4, 'b': 'b' || i} as pair
  from range(${from}, ${to}) as t(i)`;

const parts = [rowsOf(0, 12_000), rowsOf(12_000, 13_000), rowsOf(13_000, 24_000)];

test("states of parts come to the state of the whole, whatever the order", async () => {
  const { columns, states } = await measuredTables(...parts);
  const { states: [whole] } = await measuredTables(rowsOf(0, 24_000));
  for (const [i, { kind, path, type }] of columns.entries()) {
    const [a, b, c] = states.map((part) => part[i]);
    const left = mergeStates(kind, mergeStates(kind, a, b), c);
    const right = mergeStates(kind, c, mergeStates(kind, b, a));
    expect(exactly(left), path.join(".")).toEqual(exactly(right));
    expect(exactly(left), path.join(".")).toEqual(exactly(whole[i]));
    expect(left.moments.mean).toBeCloseTo(whole[i].moments.mean, 3);
    expect(left.moments.m4).toBeCloseTo(whole[i].moments.m4, -Math.log10(whole[i].moments.m4 || 1) + 6);
    if (kind === "integer" || kind === "float") expectRanks(left, whole[i], `${path} ${type}`);
  }
});

/** What comes out the same to the last digit. */
function exactly({ rows, nulls, notNumbers, infinities, min, max, lengths, empty, padded, distinct, sample }: ColumnState): unknown {
  return { rows, nulls, notNumbers, infinities, min, max, lengths, empty, padded, distinct: Buffer.from(distinct).toString("hex"), sample: [...sample].sort(([a], [b]) => a - b) };
}

function expectRanks(merged: ColumnState, whole: ColumnState, where: string): void {
  const probabilities = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99];
  const [low, high] = [probabilities.map((p) => Math.max(0, p - 0.02)), probabilities.map((p) => Math.min(1, p + 0.02))].map((bounds) => quantilesAt(whole.points, bounds));
  for (const [i, value] of quantilesAt(merged.points, probabilities).entries()) {
    expect(value, where).toBeGreaterThanOrEqual(low[i]);
    expect(value, where).toBeLessThanOrEqual(high[i]);
  }
}

test("figures are those of DuckDB over all rows", async () => {
  const { columns, states: [states], run } = await measuredTables(rowsOf(0, 60_000));
  const state = (name: string): ColumnState => states[columns.findIndex(({ path }) => path.join(".") === name)];
  const [[nulls, mean, deviation, kurtosis]] = (await run("select count(*) - count(measure), avg(measure), stddev_samp(measure), kurtosis_pop(measure) from part0")).map((row) => row.map(Number));
  const { moments } = state("measure");
  expect(state("measure").nulls).toBe(nulls);
  expect(moments.mean).toBeCloseTo(mean, 8);
  expect(Math.sqrt(moments.m2 / (moments.count - 1))).toBeCloseTo(deviation, 8);
  expect((moments.count * moments.m4) / moments.m2 ** 2 - 3).toBeCloseTo(kurtosis, 8);
  const [[below]] = await run(`select count(*) / 60000.0 from part0 where odd <= ${quantilesAt(state("odd").points, [0.9])[0]}`);
  expect(Math.abs(Number(below) - 0.9)).toBeLessThan(0.01);
  expect(state("odd")).toMatchObject({ notNumbers: 60, infinities: 60, min: { text: "0.0" }, max: { text: "29999.5" } });
  expect(state("customer")).toMatchObject({ padded: 1_200, empty: 764, lengths: { min: 0, max: 14 } });
  expect(mostFrequent(state("customer").frequent)[0]).toEqual([" N/A", 1_200]);
  const { counts, missingMax } = state("customer").frequent;
  for (const [value, count] of await run("select customer, count(*) from part0 group by customer")) {
    if (counts.has(String(value))) expect(counts.get(String(value))).toBe(Number(count));
    else expect(Number(count)).toBeLessThanOrEqual(missingMax);
  }
  expect(missingMax).toBeLessThan(60);
  expect(distinctOf(state("few"))).toEqual({ count: 50, exact: true });
  expect(state("third").frequent.counts).toEqual(new Map([["true", 20_000], ["false", 40_000]]));
  expect(state("at")).toMatchObject({ min: { text: "2020-01-01 00:00:00", number: Date.UTC(2020, 0, 1) }, max: { number: Date.UTC(2020, 0, 1) + 59_999 * 60_000 } });
  expect(state("items").points.values.at(-1)).toBe(2);
  expect(state("pair").nulls).toBe(0);
  expect(distinctOf(state("pair.a"))).toEqual({ count: 4, exact: true });
});

test("distinct values are estimated within their error, from none to many", async () => {
  for (const [count, tolerance] of [[5_000, 3], [40_000, 3], [300_000, 4]] as const) {
    const { states: [[state]] } = await measuredTables(`select i * 17 as n from range(${count}) as t(i)`);
    const { count: found, exact } = distinctOf(state);
    expect(exact).toBe(false);
    expect(Math.abs(found - count) / count).toBeLessThan(tolerance * distinctError);
  }
  const { states: [[none]] } = await measuredTables("select 1 as n where false");
  expect(distinctOf(none)).toEqual({ count: 0, exact: true });
});

test("numbers far from zero, beyond all doubles, and unlike the first rows", async () => {
  const { states: [[far, huge, late, same, big]] } = await measuredTables(
    "select 1e15 + i % 30000 as far, case when i % 9 = 0 then 1e300 else i end as huge, case when i < 25000 then 0 else 1e12 + i % 7000 end as late, 7.5 as same, 9223372036854775807 - i as big from range(60000) as t(i)",
  );
  expect(far.moments.m2 / far.moments.count).toBeCloseTo((30_000 ** 2 - 1) / 12, -1);
  expect(huge.moments.mean).toBeCloseTo(1e300 / 9, -297);
  expect(huge.moments.m2).toBe(Number.NaN);
  expect(late.moments.mean / ((1e12 * 35) / 60)).toBeCloseTo(1, 6);
  expect(same.moments).toMatchObject({ count: 60_000, mean: 7.5, m2: 0 });
  // To the last digit, where doubles cannot tell them apart.
  expect([big.min?.text, big.max?.text]).toEqual(["9223372036854715808", "9223372036854775807"]);
});

test("merging is one operation: whatever is joined first, nothing is lost", () => {
  const values = fc.array(fc.tuple(fc.stringMatching(/^[a-f]{1,3}$/), fc.integer({ min: 1, max: 50 })), { maxLength: 30 });
  const frequent = values.map((pairs) => frequentValues(new Map(pairs), true, 0));
  const points = fc.array(fc.tuple(fc.integer({ min: -20, max: 20 }), fc.integer({ min: 1, max: 9 })), { maxLength: 20 }).map((pairs) => pointsOfValues([...new Map(pairs)]));
  const sketches = fc.array(fc.tuple(fc.integer({ min: 0, max: 4_095 }), fc.integer({ min: 0, max: 2 ** 40 })), { maxLength: 50 }).map(sketchOfHashes);
  fc.assert(fc.property(fc.tuple(frequent, frequent, frequent), ([a, b, c]) => void expect(mostFrequent(mergeFrequent(mergeFrequent(a, b), c))).toEqual(mostFrequent(mergeFrequent(c, mergeFrequent(b, a))))));
  fc.assert(fc.property(fc.tuple(points, points, points), ([a, b, c]) => void expect(mergePoints(mergePoints(a, b), c)).toEqual(mergePoints(c, mergePoints(b, a)))));
  fc.assert(fc.property(fc.tuple(sketches, sketches, sketches), ([a, b, c]) => void expect(mergeSketches(mergeSketches(a, b), c)).toEqual(mergeSketches(c, mergeSketches(b, a)))));
});

test("decimals and integers beyond doubles are ordered to the last digit", () => {
  const bound = (text: string): Bound => ({ text, number: Number(text) });
  expect(compareBounds("decimal", bound("12345678901234567890.01"), bound("12345678901234567890.02"))).toBeLessThan(0);
  expect(compareBounds("decimal", bound("-0.05"), bound("-0.06"))).toBeGreaterThan(0);
  expect(compareBounds("integer", bound("9007199254740993"), bound("9007199254740992"))).toBeGreaterThan(0);
  expect(compareBounds("text", { text: "\u{10000}" }, { text: "\uFFFF" })).toBeGreaterThan(0);
});

test("frequent values that are too many are cut, and what is no longer listed is bounded", () => {
  const many = frequentValues(new Map(Array.from({ length: 5_000 }, (_, i) => [`v${i}`, 5_000 - i])), true, 0);
  expect([many.complete, many.counts.size, many.missingMax]).toEqual([false, 200, 4_800]);
  expect(mergeFrequent(many, many)).toMatchObject({ complete: false, missingMax: 9_600 });
});

test("nothing is what it is: no rows, nulls alone, one row, days outside of all calendars", async () => {
  const { columns, states: [empty, one] } = await measuredTables(
    "select null::integer as n, null::varchar as t, null::date as d, null::integer[] as l where false",
    "select 1 as n, null as t, date '290000-01-01' as d, [1, 2] as l",
  );
  for (const [i, state] of empty.entries()) expect(mergeStates(columns[i].kind, state, one[i])).toEqual(one[i]);
  expect(empty[0]).toMatchObject({ ...noState, distinct: expect.anything() });
  expect(one[1]).toMatchObject({ rows: 1, nulls: 1 });
  const { states: [[days]] } = await measuredTables("select unnest([date '-infinity', date '0044-03-15 (BC)', date '290000-01-01', null]) as d");
  expect(days).toMatchObject({ rows: 4, nulls: 1, infinities: 1, min: { text: "0044-03-15 (BC)" }, max: { text: "290000-01-01" } });
});
