import { expect, test } from "vitest";
import { type Judged, type Judgement, qualityRows, type Watched } from "./quality-rows.ts";

const result = (name: string, state: string) => ({ name, state }) as Judgement["results"][number];
const judgement = (at: string, ...results: Judgement["results"]) => ({ at, score: 50, results }) as Judgement;
const judged = (dataset: string, last: Judgement | null, since: Judged["since"] = {}): Judged => ({ dataset, checks: ["a"], last, since });
const watched = (dataset: string, last: string, ...at: string[]): Watched => ({ dataset, version: "1", versions: 9, pace: null, last, anomalies: at.map((each) => ({ metric: "rows", at: each, value: 1, expected: 2, usual: [1, 2], score: 9, text: "" })) });

test("the worst come first, and what is unusual counts for the newest version alone", () => {
  const rows = qualityRows(
    [judged("fine", judgement("2026-01-02T00:00:00Z", result("a", "passed"))), judged("bad", judgement("2026-01-02T00:00:00Z", result("a", "error"))), judged("dubious", judgement("2026-01-02T00:00:00Z", result("a", "warned"))), judged("new", null)],
    [watched("odd", "2026-01-03T00:00:00Z", "2026-01-03T00:00:00Z"), watched("fine", "2026-01-03T00:00:00Z", "2026-01-01T00:00:00Z"), watched("bare", "2026-01-03T00:00:00Z")],
  );
  expect(rows.map(({ dataset, state }) => `${dataset}: ${state}`)).toEqual(["bad: failed", "dubious: warned", "odd: unusual", "new: not judged", "fine: passed", "bare: watched"]);
});

test("a dataset fails since the first of the checks that make it fail, and is unusual since its newest version", () => {
  const since = { a: "2026-01-02T00:00:00Z", b: "2026-01-03T00:00:00Z", c: "2026-01-01T00:00:00Z" };
  const rows = qualityRows(
    [judged("bad", judgement("2026-01-04T00:00:00Z", result("a", "failed"), result("b", "error"), result("c", "warned")), since), judged("dubious", judgement("2026-01-04T00:00:00Z", result("b", "warned"), result("c", "warned")), since), judged("fine", judgement("2026-01-04T00:00:00Z", result("a", "passed")))],
    [watched("odd", "2026-01-05T00:00:00Z", "2026-01-05T00:00:00Z", "2026-01-03T00:00:00Z")],
  );
  expect(Object.fromEntries(rows.map(({ dataset, since }) => [dataset, since]))).toEqual({ bad: since.a, dubious: since.c, odd: "2026-01-05T00:00:00Z", fine: null });
});
