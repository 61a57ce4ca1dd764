import { expect, test } from "vitest";
import { filterDags } from "./filter-dags.ts";

const dag = (name: string, more: object = {}) => ({ name, tags: [] as string[], paused: false, lastRun: null, problem: null, ...more });
const dags = [dag("sales-daily", { tags: ["sales"], paused: true }), dag("flights", { description: "All Flights of a day", owner: "ada", lastRun: { state: "failed" } as never }), dag("sales-hourly", { tags: ["sales", "hot"], problem: { code: "x" } as never })];
const names = (filter: object): string[] => filterDags(dags, filter).map(({ name }) => name);

test("DAGs are found by words, tag and state, all at once", () => {
  expect(names({})).toHaveLength(3);
  expect(names({ find: "  SALES hour" })).toEqual(["sales-hourly"]);
  expect(names({ find: "ada day" })).toEqual(["flights"]);
  expect(names({ tag: "sales", state: "paused" })).toEqual(["sales-daily"]);
  expect(names({ state: "failed" })).toEqual(["flights"]);
  expect(names({ state: "new" })).toEqual(["sales-daily", "sales-hourly"]);
  expect(names({ state: "problem" })).toEqual(["sales-hourly"]);
});
