import fc from "fast-check";
import { expect, test } from "vitest";
import { cluster, clusters, clusterTable, correct, mapValues, wordKey } from "../../index.ts";
import { TestEngine } from "../../nested/nested-for-tests.ts";
import { readSteps } from "../read-steps.ts";
import { bothForms, type Columns } from "../steps-for-tests.ts";
import { made, madeRows, piecedRows, untyped } from "./clean-for-tests.ts";
import { editDistance } from "./edit-distance.ts";
import { soundex } from "./word-keys.ts";

const columns: Columns = { text: "VARCHAR", other: "VARCHAR", line: "BIGINT" };
const text = "text" as never;

test("both forms of steps that write texts alike give the same on dirty rows", async () => {
  const engine = await TestEngine.open();
  const step = fc.constantFrom(
    ...[
      cluster(["text", "other"] as never),
      cluster(text, { method: "ngram", minCount: 2 }),
      cluster(text, { method: "phonetic" }),
      wordKey(text, { into: "key" }),
      wordKey(text, { into: "text", method: "ngram" }),
      wordKey(text, { into: "other", method: "phonetic" }),
      correct(["text", "other"] as never, ["Istanbul", "yes", "1,234.51", "é b"], { distance: 3, misfits: "null" }),
      correct(text, ["n/a", "A b"], { misfits: "quarantine" }),
    ].map(untyped),
  );
  await fc.assert(fc.asyncProperty(piecedRows(columns, "text"), step, (rows, each) => bothForms(engine, columns, rows, [each]).then(() => undefined)), { numRuns: 25 });
});

test("the spelling that most rows have takes the others", async () => {
  const engine = await TestEngine.open();
  const airlines = ["Delta Air Lines", "DELTA AIR LINES*", "Delta Air Lines", "Air Delta Lines", "KLM", null, "***", "???"];
  expect(await made(engine, cluster(text), airlines)).toEqual(["Delta Air Lines", "Delta Air Lines", "Delta Air Lines", "Delta Air Lines", "KLM", null, "***", "???"]);
  expect(await made(engine, cluster(text, { minCount: 3 }), airlines)).toEqual(airlines);
  expect(await made(engine, cluster(text, { method: "phonetic" }), ["Rupert", "Robert", "Robert", "Rubin"])).toEqual(["Robert", "Robert", "Robert", "Rubin"]);
  expect(await made(engine, cluster(text, { method: "ngram" }), ["Krakow", "krakow", "Kra kow", "krakow"])).toEqual(["krakow", "krakow", "krakow", "krakow"]);
  expect((await madeRows(engine, wordKey(text, { into: "key" }), ["Doe, John", "John Doe", "JÓHN  doe."])).map((row) => row?.key)).toEqual(["doe john", "doe john", "doe john"]);
});

test("proposals are data that a person confirms and mapValues applies", async () => {
  const engine = await TestEngine.open();
  const counted: [string, number][] = [["Trondheim", 9], ["Trondhiem", 1], ["Bergen", 5], ["Bergem", 2], ["Oslo", 7], ["Olso", 1]];
  const proposals = clusters(counted, { method: "distance" });
  expect(proposals).toEqual([
    { to: "Trondheim", spellings: [{ value: "Trondheim", count: 9 }, { value: "Trondhiem", count: 1 }] },
    { to: "Oslo", spellings: [{ value: "Oslo", count: 7 }, { value: "Olso", count: 1 }] },
    { to: "Bergen", spellings: [{ value: "Bergen", count: 5 }, { value: "Bergem", count: 2 }] },
  ]);
  expect(await made(engine, mapValues(text, clusterTable(proposals)), ["Bergem", "Paris"])).toEqual(["Bergen", "Paris"]);
  expect(clusters([["a b", 1], ["b a", 2], ["--", 1], ["..", 1]]).map(({ to }) => to)).toEqual(["b a"]);
  expect(() => clusters(Array.from({ length: 5001 }, (_, i) => [`text ${i}`, 1]), { method: "distance" })).toThrow(/each would be held/);
});

test("misspellings become the nearest word, and ties stay", async () => {
  const engine = await TestEngine.open();
  const words = ["Oslo", "Bergen", "Trondheim", "Málaga", "Bergan"];
  expect(await made(engine, correct(text, words), ["trondhiem", "OSLO", "malagá", "Bergin", "Paris", "xx", "Trondh"])).toEqual(["Trondheim", "Oslo", "Málaga", "Bergin", "Paris", "xx", "Trondh"]);
  expect(await made(engine, correct(text, words, { misfits: "quarantine" }), ["Olso", "Bergin"])).toEqual(["Oslo", null]);
  expect(() => readSteps([correct(text, ["a", "Á"])])).toThrow(/twice/);
});

test("distances and sounds are those of the literature, and of the engine", async () => {
  const engine = await TestEngine.open();
  expect(["Robert", "Rupert", "Rubin", "Ashcraft", "Ashcroft", "Tymczak", "Pfister", "Honeyman"].map((name) => soundex(name.toLowerCase()))).toEqual(["R163", "R163", "R150", "A261", "A261", "T522", "P236", "H555"]);
  expect(editDistance("ca", "abc")).toBe(2);
  expect(editDistance("", "abc")).toBe(3);
  const short = fc.string({ unit: fc.constantFrom("a", "b", "c", "é", "😀"), maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(short, short), { minLength: 20, maxLength: 20 }), async (pairs) => {
      const found = await engine.plain(`select damerau_levenshtein(a, b)::int as n from (values ${pairs.map(([a, b], i) => `(${i}, '${a}', '${b}')`).join(", ")}) t(i, a, b) order by i`);
      expect(pairs.map(([a, b]) => editDistance(a, b))).toEqual(found.map(({ n }) => n));
    }),
    { numRuns: 10 },
  );
});
