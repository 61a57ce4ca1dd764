import { expect, test } from "vitest";
import { measuredTables } from "../states/states-for-tests.ts";
import { compareProfiles } from "./compare-profiles.ts";
import { withExactDistinct } from "./exact-distinct.ts";
import type { Finding, TableProfile } from "./profile.ts";
import { suggestChecks } from "./suggest-checks.ts";
import { tableProfile } from "./table-profile.ts";
import { shapeOf } from "./text-shapes.ts";

async function profileOf(select: string): Promise<TableProfile> {
  const { columns, states: [states] } = await measuredTables(select);
  return tableProfile({ dataset: "t", snapshotId: undefined, rows: states[0].rows, columns, columnsLeftOut: 0, states, files: { all: 0, read: 0 }, at: new Date(0) });
}

const foundIn = ({ findings }: TableProfile, column: string): Pick<Finding, "kind" | "values">[] => findings.filter((finding) => finding.column === column).map(({ kind, values }) => ({ kind, values }));

/** What goes wrong with values, a column each; the first few rows of 1,000 are the bad ones. */
const bad = `select
    case when i < 30 then 'N/A' else 'v' || i % 40 end as dummy,
    case when i < 10 then -1 else i % 90 + 5 end::integer as age,
    case when i < 7 then 99999 else i % 100 end::double as weight,
    case when i < 5 then date '9999-12-31' when i = 5 then date '1066-10-14' else date '2024-01-01' + (i % 300)::integer end as until,
    case when i % 3 = 0 then '2024-01-0' || (i % 9 + 1) when i % 3 = 1 then (i % 9 + 1) || '/13/2024' else (i % 28 + 1) || '. Jan 2024' end as spelled,
    case when i % 2 = 0 then ' Paris' when i % 5 = 0 then 'paris' else 'Paris' end as city,
    case when i < 3 then 'none' else (i * 7 % 500)::varchar || '.5' end as price,
    lpad(i::varchar, 5, '0') as code,
    ['yes', 'no', 'Yes'][(i % 3)::integer + 1] as paid,
    case when i < 4 then 'nan'::double when i < 6 then 'infinity'::double else i end as measure,
    'same' as always, null::integer as never, case when i % 10 = 0 then 'x' end as seldom, case when i < 8 then '' else 'text' || i end as blank
  from range(1000) as t(i)`;

test("what a person should look at is found, and shown by its values", async () => {
  const profile = await profileOf(bad);
  expect(foundIn(profile, "dummy")).toEqual([{ kind: "dummy-values", values: ["N/A"] }]);
  expect(foundIn(profile, "age")).toEqual([{ kind: "dummy-values", values: ["-1"] }]);
  expect(foundIn(profile, "weight")).toEqual([{ kind: "dummy-values", values: ["99999.0"] }]);
  expect(foundIn(profile, "until")).toEqual([{ kind: "dummy-values", values: ["9999-12-31"] }, { kind: "far-dates", values: ["1066-10-14", "9999-12-31"] }]);
  expect(foundIn(profile, "spelled").map(({ kind }) => kind)).toEqual(["dates-as-text", "date-spellings"]);
  expect(foundIn(profile, "city").map(({ kind }) => kind)).toEqual(["padded-texts", "case-variants"]);
  expect(foundIn(profile, "price").map(({ kind }) => kind)).toEqual(["dummy-values", "numbers-as-text"]);
  expect(foundIn(profile, "code")).toEqual([]);
  expect(foundIn(profile, "paid").map(({ kind }) => kind)).toEqual(["case-variants", "booleans-as-text"]);
  expect(foundIn(profile, "measure").map(({ kind }) => kind)).toEqual(["not-a-number", "infinite"]);
  expect(foundIn(profile, "always")).toEqual([{ kind: "constant", values: ["same"] }]);
  expect(foundIn(profile, "never")).toEqual([{ kind: "all-null", values: [] }]);
  expect(foundIn(profile, "seldom").map(({ kind }) => kind)).toEqual(["mostly-null"]);
  expect(foundIn(profile, "blank")).toEqual([{ kind: "blank-texts", values: [""] }]);
  expect(profile.findings.find(({ column }) => column === "dummy")?.rows).toEqual({ value: 30, exact: true });
});

test("nothing is found where nothing is wrong", async () => {
  const clean = "select i as id, 'customer ' || i as name, (i * 37 % 1000) / 10.0 as share, i - 500 as balance, date '2024-01-01' + (i % 300)::integer as day, i % 2 = 0 as paid, ['new', 'paid', 'sent'][(i % 3)::integer + 1] as status from range(1000) as t(i)";
  expect((await profileOf(clean)).findings).toEqual([]);
});

test("what texts stand for, and their shapes", async () => {
  const profile = await profileOf(`select 'user' || i || '@example.org' as mail, 'https://example.org/' || i as link, uuid()::varchar as key, ['DE', 'FR', 'US', 'JP', 'IN', 'BR'][(i % 6)::integer + 1] as land,
    '10.0.' || i % 200 || '.' || i % 250 as address, 'LH-' || (100 + i % 900) as flight, '{"a": ' || i || '}' as document, md5(i::varchar) as token from range(500) as t(i)`);
  const meaning = (name: string): string | undefined => profile.columns.find((column) => column.name === name)?.meaning?.kind;
  expect(["mail", "link", "key", "land", "address", "flight", "document", "token"].map(meaning)).toEqual(["e-mail", "url", "uuid", "country", "IP address", undefined, "json", undefined]);
  expect(profile.columns.find(({ name }) => name === "flight")?.shapes).toEqual({ values: [{ shape: "AA-999", share: 1 }], of: "rows" });
  expect(profile.columns.find(({ name }) => name === "token")?.shapes).toBeNull();
  expect(shapeOf("Łódź-٣ (ß) 12")).toBe("Aaaa-9 (a) 99");
});

test("a column of many values says what it knows, and how", async () => {
  const { columns: [id, text] } = await profileOf("select i as id, case when i % 20 = 0 then 'unknown' else 'T' || i end as text from range(50000) as t(i)");
  expect(id).toMatchObject({ nature: "unique", distinct: { exact: false, method: expect.stringContaining("HyperLogLog") }, numbers: { count: 50_000, quantiles: { exact: false, method: expect.stringContaining("t-digest") } } });
  expect(id.numbers?.histogram.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThan(49_900);
  expect(text).toMatchObject({ nature: null, frequent: { complete: false, values: [{ value: "unknown", count: 2_500 }] }, shapes: { of: "sampled texts" } });
});

test("what was estimated is counted where somebody asks", async () => {
  const { columns, states: [states], run } = await measuredTables("select i as id, 'T' || i % 40000 as text, case when i = 9 then 'nan'::double else i / 2 end as half from range(50000) as t(i)");
  const { columns: profiles } = await tableProfile({ dataset: "t", snapshotId: undefined, rows: 50_000, columns, columnsLeftOut: 0, states, files: { all: 0, read: 0 }, at: new Date(0) });
  const exact = await withExactDistinct(run, "part0", columns, profiles);
  expect(exact.map(({ distinct, nature }) => [distinct, nature])).toEqual([[{ value: 50_000, exact: true }, "unique"], [{ value: 40_000, exact: true }, null], [{ value: 49_999, exact: true }, "unique"]]);
});

test("profiles are compared: what came, what went, what moved", async () => {
  const [before, after] = [await profileOf("select ['a', 'b'][(i % 2)::integer + 1] as kind, i as n, i as gone, (i * 13 % 977) / 10 as same from range(1000) as t(i)"), await profileOf("select ['a', 'c', 'c', 'c'][(i % 4)::integer + 1] as kind, i * 3 as n, 'x' as come, (i * 13 % 977) / 10 as same from range(1000) as t(i)")];
  const comparison = compareProfiles(before, after);
  expect(comparison).toMatchObject({ added: ["come"], removed: ["gone"], before: { rows: 1_000 } });
  expect(comparison.columns.map(({ name }) => name)).toEqual(["kind", "n"]);
  expect(comparison.columns[0]).toMatchObject({ newValues: ["c"], goneValues: ["b"], drift: { measure: "PSI", says: "another" } });
  // Two thirds of what is now lie above all that was.
  expect(comparison.columns[1].drift).toEqual({ measure: "Kolmogorov-Smirnov", value: expect.closeTo(2 / 3, 1), says: "another" });
  expect(compareProfiles(before, before).columns).toEqual([]);
});

test("checks are suggested where they hold with room to spare, and nothing where there are no rows", async () => {
  const { suggestions, code } = suggestChecks(await profileOf("select i as id, 'AB-' || (100 + i % 500) as code, ['new', 'it''s \"paid\"'][(i % 2)::integer + 1] as status, i % 7 - 3 as level, case when i < 5 then null else 1.5 + i % 60 end as price, 'x' || i as free from range(1000) as t(i)"));
  expect(suggestions.map((suggestion) => suggestion.code)).toEqual([
    'notNull("id")', 'unique("id")', 'range("id", { min: 0 })',
    'notNull("code")', 'pattern("code", /^[A-Z]{2}-\\d{3}$/)',
    'notNull("status")', 'accepted("status", ["it\'s \\"paid\\"", "new"])',
    'notNull("level")', 'range("level", { min: -3.6, max: 3.6 })',
    'range("price", { min: 0 })',
    'notNull("free")', 'unique("free")',
  ]);
  expect(code).toMatch(/^import \{ accepted, notNull, pattern, range, unique \} from "millrace";\n/);
  expect(suggestChecks(await profileOf("select 1 as n where false"))).toMatchObject({ suggestions: [], code: expect.stringContaining("nothing") });
});
