import fc from "fast-check";
import { expect, test } from "vitest";
import { detokenise, extract, filterRows, formatPreserving, generalise, hash, inRange, kAnonymity, mapValues, mask, moveMisfielded, parseNumber, pivotLonger, rename, required, shiftDates, splitName, summarise, tokenise, transform, trim, truncate, unite, wrangle, wrangled } from "../../index.ts";
import { secret } from "../../../model/secret.ts";
import { sql } from "../../../model/sql-tag.ts";
import type { Step } from "../step.ts";
import { TestEngine } from "../../nested/nested-for-tests.ts";
import { compileSteps } from "../compile-steps.ts";
import { readSteps } from "../read-steps.ts";
import { keyRows } from "./sql-keys.ts";
import { type AnyStep, bothForms, type Columns, holdChains } from "../steps-for-tests.ts";

const columns: Columns = { a: "VARCHAR", b: "VARCHAR", n: "BIGINT", x: "DOUBLE", day: "DATE", at: "TIMESTAMP" };
const clear = "correct horse battery staple";
const key = secret("people-key");
type Person = { id: number; email: string | null; card: string | null; born: string | null; seen: string | null };
const people = sql`select 1`;
const overPeople = (...steps: AnyStep[]) => wrangle<Person, Record<string, unknown>>(people as never, ...(steps as never[])).withSecrets((name) => (name === "people-key" ? clear : `${name} is another secret`));
const person = (given: Partial<Person>): Person => ({ id: 1, email: null, card: null, born: null, seen: null, ...given });

test("both forms hide and broaden alike", async () => {
  const chains: AnyStep[][] = [
    [mask("a"), mask("b", { show: 2, from: "start", with: "#" })],
    [mask(["a", "b"], { show: 0 }), truncate("a", { keep: 3 })],
    [truncate(["a", "b"], { keep: 1 }), required("a")],
    [generalise("n", { width: 3 }), generalise("x", { width: 10 })],
    [generalise("x", { edges: [-1, 0.1, 1e9] }), generalise("n", { edges: [0] })],
    [generalise("day", { date: "month" }), generalise("at", { date: "year" })],
    [generalise("a", { prefix: 2 }), generalise("b", { hierarchy: { a: "letter", "it's": "words", "": "nothing" }, otherwise: "other" })],
    [generalise("a", { hierarchy: { yes: "an answer" } }), kAnonymity({ quasi: ["a"], k: 2 })],
    [kAnonymity({ quasi: ["n", "x"], sensitive: ["a", "b"], k: 2 })],
    [required("a"), kAnonymity({ quasi: ["b"], sensitive: ["x"], k: 3 })],
  ];
  await holdChains(await TestEngine.open(), columns, chains, 15);
});

test("both forms hash and shift alike under one key, whatever the values are", async () => {
  const keyed = (...steps: Step<Record<string, any>, any>[]): AnyStep[] => steps;
  const other = secret("other-key");
  const chains: AnyStep[][] = [
    keyed(hash(["a", "n"], { key }), hash("b", { key: other })),
    keyed(hash(["x", "day", "at"], { key })),
    keyed(shiftDates(["day", "at"], { key, subject: "a" })),
    keyed(shiftDates(["a"], { key, subject: "n", days: 3_650 }), hash("n", { key })),
    keyed(trim("a"), shiftDates(["a", "day"], { key: other, subject: "x", days: 1 }), required("a")),
  ];
  await holdChains(await TestEngine.open(), columns, chains, 15);
  const dates = ["2024-02-29", "0001-01-02", "0000-12-31", "9999-12-30", "2024-02-30", "2024-01-01T10:00\nx", "2024-01-01 ", "2024-01-01x", "é024-01-01", "12024-01-01", "", "😀"].map((a, n) => ({ a, n }));
  for (const days of [1, 2, 3_650]) await bothForms(await TestEngine.open(), { a: "VARCHAR", n: "BIGINT" }, dates, keyed(shiftDates("a", { key, subject: "n", days })));
});

test("k and l of a table whose groups can be counted by hand", async () => {
  const rows = [["20", "1", "flu"], ["20", "1", "flu"], ["20", "1", null], ["30", "1", "flu"], ["30", "1", "flu"], [null, "2", "cough"]].map(([age, zip, illness]) => ({ age, zip, illness }));
  const of: Columns = { age: "VARCHAR", zip: "VARCHAR", illness: "VARCHAR" };
  const engine = await TestEngine.open();
  const said = async (...steps: AnyStep[]) => (await bothForms(engine, of, rows, steps)).rows;
  expect(await said(kAnonymity({ quasi: ["age", "zip"], sensitive: ["illness"], k: 3 }))).toEqual([{ k: 1, l: 1, groups: 3, rows: 6, groups_below: 2, rows_below: 3 }]);
  expect(await said(summarise(["age", "zip"], { rows: { count: "*" } }), filterRows([["rows", "<", 2]]))).toEqual([{ age: null, zip: "2", rows: 1 }]);
  expect((await bothForms(engine, of, [], [kAnonymity({ quasi: ["age"], k: 3 })])).rows).toEqual([{ k: null, l: null, groups: 0, rows: 0, groups_below: 0, rows_below: 0 }]);
});

test("a report shows no samples of what is protected, nor of the steps before", async () => {
  const rows = [{ a: " ann@example.com ", b: " x " }];
  const { report } = await bothForms(await TestEngine.open(), { a: "VARCHAR", b: "VARCHAR" }, rows, [trim("a"), mask("a"), trim("b")] as AnyStep[]);
  expect(report.filter(({ column }) => column !== null).map(({ rule, changed, samples }) => [rule, changed, samples])).toEqual([["trim", 1, null], ["mask", 1, null], ["trim", 1, [{ before: " x ", after: "x" }]]]);
});

test("what a step protects stands neither in the quarantine nor in a reason nor in a report, wherever it came from", async () => {
  const of: Columns = { s: "VARCHAR", t: "VARCHAR", u: "VARCHAR" };
  const cell = fc.constantFrom(null, "", "7", " b ", "2024-01-01");
  const secretCell = fc.constantFrom(null, "SECRET", " SECRET-1 ", "Dr. Jane SECRET", "SECRET, Jane", "7");
  const steps = (...given: Step<Record<string, any>, any>[]): AnyStep[] => given;
  const chains = [
    steps(trim("s"), required("t"), parseNumber("s"), hash("s", { key })),
    steps(rename({ s: "m" }), required("u"), parseNumber("m"), hash("m", { key }), required("t")),
    steps(moveMisfielded({ from: "s", to: "t", pattern: "SECRET.*" }), parseNumber("t"), hash(["s", "t"], { key })),
    steps(extract("s", "(?<a>[A-Za-z]+)"), inRange("a", { max: "B" }), mask("a", { show: 0 })),
    steps(unite("x", { columns: ["s", "u"] }), parseNumber("x"), hash("x", { key })),
    steps(splitName("s"), mapValues("family", { Jane: "x" }, { else: "quarantine" }), truncate(["given", "family"], { keep: 1 })),
    steps(required("s"), pivotLonger(["s", "u"], { nulls: "drop" }), parseNumber("value"), generalise("value", { width: 10 })),
    steps(transform({ last: { max: "s" } }), required("t"), parseNumber("last"), hash("last", { key })),
  ];
  const engine = await TestEngine.open();
  await fc.assert(
    fc.asyncProperty(fc.array(fc.record({ s: secretCell, t: cell, u: cell }), { minLength: 1, maxLength: 6 }), fc.constantFrom(...chains), async (rows, chain) => {
      const { rejected, report } = await bothForms(engine, of, rows, chain);
      expect(JSON.stringify([rejected, report])).not.toContain("SECRET");
    }),
    { numRuns: 24 },
  );
  const { rejected } = await bothForms(engine, of, [{ s: "SECRET", t: "x", u: "y" }], steps(trim("u"), parseNumber("t"), hash("s", { key })));
  // What nobody protects is shown.
  expect(rejected).toEqual([{ step: 2, rule: "parseNumber", reason: '"t" is no number: x', row: { t: "x", u: "y" } }]);
  expect((await bothForms(engine, of, [{ s: "SECRET", t: "x", u: "y" }], steps(parseNumber("s"), hash("s", { key })))).rejected).toEqual([{ step: 1, rule: "parseNumber", reason: '"s" cannot go on, and what stands there is protected', row: { t: "x", u: "y" } }]);
});

test("the same value has the same digest under one key, and another under another", () => {
  const digests = overPeople(hash(["email", "id"], { key })).apply([person({ email: "a" }), person({ email: "a" }), person({ email: null })]);
  // Of `printf a | openssl dgst -sha256 -hmac <key>`, where the key is HKDF-SHA-256 of the secret for "millrace hash".
  expect(digests.rows.map(({ email }) => email)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), digests.rows[0].email, null]);
  const other = wrangle<Person, Record<string, unknown>>(people as never, hash<Person, "email">("email", { key }) as never).withSecrets(() => "another secret of length");
  expect(other.apply([person({ email: "a" })]).rows[0].email).not.toBe(digests.rows[0].email);
});

test("tokens come back, and what is no token of the key is rejected", () => {
  const vault = overPeople(tokenise(["email", "card"], { key }));
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (email) => {
      const { rows } = vault.apply([person({ email })]);
      expect(rows[0].email).not.toBe(email);
      expect(overPeople(detokenise(["email", "card"], { key })).apply(rows as never).rows).toEqual([person({ email })]);
    }),
    { numRuns: 50 },
  );
  const bad = overPeople(detokenise("email", { key })).apply([person({ email: "AAAA" }), person({ email: "" }), person({})]);
  expect(bad.rejected.map(({ reason }) => reason)).toEqual(['"email" holds no token of this key', '"email" holds no token of this key']);
  expect(bad.rows).toEqual([person({})]);
});

test("texts keep their form and come back; what is too short to hide is rejected", () => {
  const there = overPeople(formatPreserving("card", { key }));
  const back = overPeople(formatPreserving("card", { key, reverse: true }));
  const card = "4111 1111-1111 1111";
  const hidden = there.apply([person({ card })]).rows[0].card as string;
  expect(hidden).toMatch(/^\d{4} \d{4}-\d{4} \d{4}$/);
  expect(hidden).not.toBe(card);
  expect(back.apply([person({ card: hidden })]).rows[0].card).toBe(card);
  expect(there.apply([person({ card: "12345" }), person({ card: "1".repeat(1001) }), person({ card: "123456" })]).rejected).toHaveLength(2);
  const letters = overPeople(formatPreserving("email", { key, alphabet: "abcdefghijklmnopqrstuvwxyz" })).apply([person({ email: "someone@example.com" })]);
  expect(letters.rows[0].email).toMatch(/^[a-z]{7}@[a-z]{7}\.[a-z]{3}$/);
});

test("dates of one subject move together, and the time between them stays", () => {
  const { rows, rejected } = overPeople(shiftDates(["born", "seen"], { key, subject: "id", days: 10 })).apply([person({ born: "2024-02-28", seen: "2024-03-01 10:00:00" }), person({ id: 2, born: "2024-02-30" }), person({ id: 3, born: "9999-12-31", seen: "0001-01-01" })]);
  const [born, seen] = [Date.parse(rows[0].born as string), Date.parse(`${String(rows[0].seen).replace(" ", "T")}Z`)];
  expect(seen - born).toBe(Date.parse("2024-03-01T10:00:00Z") - Date.parse("2024-02-28"));
  const days = (born - Date.parse("2024-02-28")) / 86_400_000;
  expect(days !== 0 && Math.abs(days) <= 10).toBe(true);
  // The one is no date; the other would leave the calendar at one end or the other.
  expect(rejected.map(({ row }) => row.id)).toEqual([2, 3]);
});

test("nothing that is stored, shown or said holds the secret, and a statement only names it", async () => {
  const keyed = overPeople(hash("email", { key }), tokenise("card", { key }), shiftDates("born", { key, subject: "id" }));
  const done = keyed.apply([person({ email: "a", card: "b", born: "no date" }), person({ email: "a", card: "c", born: "2024-01-01" })]);
  const shown = JSON.stringify([keyed, keyed.report, keyed.rejected, done]);
  expect(shown).toContain("people-key");
  expect(shown).not.toContain(clear);
  const input = await (await TestEngine.open()).relation("select 'a' as email");
  const statement = (steps: unknown[], secrets?: string[]): string => compileSteps(readSteps(steps), input, "report", new Set(secrets)).from;
  expect(statement([hash<Person, "email">("email", { key })], ["people-key"])).toContain("where secret = 'people-key'");
  expect(() => statement([hash<Person, "email">("email", { key })])).toThrow(/not given secret "people-key"/);
  expect(() => statement([{ kind: "hash", columns: ["email"], key: clear }])).toThrow(/written where everybody can read it/);
  expect(() => statement([tokenise<Person, "email">("email", { key })], ["people-key"])).toThrow(/has no form in SQL: the engine has no AES/);
  expect(() => wrangled("people.hidden", wrangle<Person, unknown>(people as never, tokenise<Person, "email">("email", { key }) as never))).toThrow(/in memory alone/);
  expect(() => hash<Person, "email">("email", { key: clear })).toThrow(/written where everybody can read it/);
  const said = (secretOf: (name: string) => string): string => {
    try {
      wrangle<Person, unknown>(people as never, hash<Person, "email">("email", { key }) as never).withSecrets(secretOf).apply([person({ email: "a" })]);
    } catch (error) {
      return String(error);
    }
    return "";
  };
  expect(keyRows({ short: "short", "people-key": clear }).map(({ secret: name }) => name)).toEqual(["people-key", "people-key"]);
  expect(said(() => "short")).toMatch(/less than 16 characters/);
  expect(said(() => "short")).not.toContain("short\"");
  expect(said((name) => secret(name))).toMatch(/"people-key" is not known here/);
});
