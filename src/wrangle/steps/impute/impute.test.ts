import { expect, test } from "vitest";
import { impute, imputeFrom, imputeNearest, interpolate, learn, type Learned, required } from "../../index.ts";
import { TestEngine } from "../../nested/nested-for-tests.ts";
import { rowFunction } from "../apply-steps.ts";
import type { Row } from "../cells.ts";
import { compileSteps } from "../compile-steps.ts";
import { readSteps } from "../read-steps.ts";
import { type AnyStep, bothForms, type Columns, holdChains, inMemory } from "../steps-for-tests.ts";

const columns: Columns = { a: "VARCHAR", n: "BIGINT", x: "DOUBLE", y: "DOUBLE", day: "DATE", at: "TIMESTAMP", yes: "BOOLEAN" };
const any = (...steps: AnyStep[]): AnyStep[] => steps;

test("both forms impute the same values and flag the same rows", async () => {
  const engine = await TestEngine.open();
  const chains: AnyStep[][] = [
    [impute("x", { with: "mean", flag: "x_imputed" })],
    [impute("n", { with: "median", by: ["yes"], flag: "f" }), impute("x", { with: "median", by: ["day", "yes"] })],
    [required("day"), impute("a", { with: "mode", by: ["yes"], flag: "f" }), impute("day", { with: "mode" }), impute("yes", { with: "mode" })],
    [imputeFrom("n", { otherwise: 1.5 }), imputeFrom("a", { by: ["yes"], values: [{ yes: true, value: "it's" }, { yes: null, value: "?" }] }, { flag: "f" })],
    [imputeFrom("x", { by: ["day", "n"], values: [{ day: "2020-02-29", n: 1, value: 3 }, { day: "2020-02-29", n: null, value: 4 }], otherwise: -1 }), imputeFrom("at", { otherwise: "2020-02-29 10:00:00.5" })],
    [interpolate("x", { along: "n", flag: "f" })],
    [required("yes"), interpolate("n", { along: "day", by: ["yes"] })],
    [interpolate("y", { along: "at", by: ["a"] })],
    [imputeNearest("x", { near: ["n"], k: 2, flag: "f" })],
    [required("a"), imputeNearest("n", { near: ["x", "y"], k: 1 })],
  ];
  await holdChains(engine, columns, chains, 15);
});

test("a flag says what was imputed, and a group without any value stays as it is", () => {
  const rows = [{ g: "a", v: 1 }, { g: "a", v: null }, { g: "a", v: 4 }, { g: "b", v: null }];
  expect(inMemory(rows, impute("v", { with: "mean", by: ["g"], flag: "guessed" }))).toEqual([
    { g: "a", v: 1, guessed: false },
    { g: "a", v: 2.5, guessed: true },
    { g: "a", v: 4, guessed: false },
    { g: "b", v: null, guessed: false },
  ]);
});

test("numbers that are not finite teach nothing, in both forms", async () => {
  const engine = await TestEngine.open();
  const rows = [NaN, Infinity, -Infinity, 2, 4, null].map((x, n) => ({ n, x }));
  const nx: Columns = { n: "BIGINT", x: "DOUBLE" };
  for (const statistic of ["mean", "median"] as const) expect((await bothForms(engine, nx, rows, any(impute("x", { with: statistic })))).rows.at(-1)).toEqual({ n: 5, x: 3 });
  const line = [{ n: 1, x: 1 }, { n: 2, x: null }, { n: 3, x: NaN }, { n: 4, x: 7 }, { n: 5, x: null }];
  expect((await bothForms(engine, nx, line, any(interpolate("x", { along: "n" })))).rows.map(({ x }) => x)).toEqual([1, 3, NaN, 7, null]);
});

test("lines are straight in time, whatever the calendar's lengths are", () => {
  const rows = [{ day: "2024-02-27", v: 0 }, { day: "2024-03-01", v: null }, { day: "2024-03-03", v: 10 }, { day: "2024-03-04", v: null }];
  expect(inMemory(rows, interpolate("v", { along: "day" })).map(({ v }) => v)).toEqual([0, 6, 10, null]);
});

test("what is learned once is data, and imputes on a stream as the whole table would", () => {
  const rows = [{ city: "Oslo", rent: 10 }, { city: "Oslo", rent: 20 }, { city: "Oslo", rent: null }, { city: null, rent: 7 }, { city: "Rome", rent: null }];
  const learned = learn(rows, "rent", { with: "median", by: ["city"] });
  expect(JSON.parse(JSON.stringify(learned))).toEqual({ by: ["city"], values: [{ city: "Oslo", value: 15 }, { city: null, value: 7 }], otherwise: 10 });
  const one = rowFunction(readSteps(any(imputeFrom("rent", learned, { flag: "guessed" }))));
  expect(rows.flatMap((row) => one(row) as Row[])).toEqual([...inMemory(rows.slice(0, 4), impute("rent", { with: "median", by: ["city"], flag: "guessed" })), { city: "Rome", rent: 10, guessed: true }]);
});

test("steps that look at other rows, and values that do not fit, are refused by name", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select 'x' as a, 1 as n, 1.5::decimal(5,2) as money");
  const refused = (step: AnyStep, said: RegExp): void => expect(() => compileSteps(readSteps([step]), input, "rows")).toThrow(said);
  refused(impute("a", { with: "mean" }), /holds VARCHAR and no numbers/);
  refused(impute("money", { with: "mean" }), /places would be lost/);
  refused(imputeNearest("n", { near: ["money"] }), /places would be lost/);
  refused(interpolate("n", { along: "a" } as never), /says no place/);
  refused(imputeFrom("n", { otherwise: "none" }), /no value for column "n"/);
  refused(impute("n", { with: "mean", flag: "A" }), /two columns/);
  expect(() => rowFunction(readSteps(any(impute("n", { with: "mean" }))))).toThrow(/looks at other rows/);
  expect(() => readSteps([imputeFrom<Record<string, unknown>, "n", Learned>("n", { by: ["a"], values: Array.from({ length: 1001 }, (_, i) => ({ a: String(i), value: i })) })])).toThrow(/at most 1000/);
});
