import { expect, test } from "vitest";
import { brokenSince, type Judged, type Judgement, qualityRows, type Watched } from "./quality-rows.ts";

const result = (name: string, state: string) => ({ name, state }) as Judgement["results"][number];
const judgement = (at: string, ...results: Judgement["results"]) => ({ at, score: 50, results }) as Judgement;
const judged = (dataset: string, last: Judgement | null): Judged => ({ dataset, checks: ["a"], last });
const watched = (dataset: string, last: string, ...at: string[]): Watched => ({ dataset, version: "1", versions: 9, pace: null, last, anomalies: at.map((each) => ({ metric: "rows", at: each, value: 1, expected: 2, usual: [1, 2], score: 9, text: "" })) });

test("the worst come first, and what is unusual counts for the newest version alone", () => {
  const rows = qualityRows(
    [judged("fine", judgement("2026-01-02T00:00:00Z", result("a", "passed"))), judged("bad", judgement("2026-01-02T00:00:00Z", result("a", "error"))), judged("dubious", judgement("2026-01-02T00:00:00Z", result("a", "warned"))), judged("new", null)],
    [watched("odd", "2026-01-03T00:00:00Z", "2026-01-03T00:00:00Z"), watched("fine", "2026-01-03T00:00:00Z", "2026-01-01T00:00:00Z"), watched("bare", "2026-01-03T00:00:00Z")],
  );
  expect(rows.map(({ dataset, state }) => `${dataset}: ${state}`)).toEqual(["bad: failed", "dubious: warned", "odd: unusual", "new: not judged", "fine: passed", "bare: watched"]);
});

test("a check is broken since the first of the judgements without a break", () => {
  const history = [judgement("4", result("a", "failed")), judgement("3", result("a", "warned")), judgement("2", result("a", "passed")), judgement("1", result("a", "failed"))];
  expect(brokenSince(history, "a")).toBe("3");
  expect(brokenSince(history, "b")).toBe(null);
});
