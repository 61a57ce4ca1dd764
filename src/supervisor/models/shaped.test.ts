import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { buildManifest } from "../../model/build-manifest.ts";
import { describeModule } from "../../model/describe-module.ts";
import { table } from "../../model/table.ts";
import { complete, derive, filterRows, generalise, impute, imputeNearest, interpolate, kAnonymity, mask, pivotLonger, pivotWider, select, separate, summarise, transform, unnest, wrangle, wrangled } from "../../wrangle/index.ts";
import { compareCells } from "../../wrangle/steps/cells.ts";
import { StatementTasks } from "./statement-tasks-for-tests.ts";

/* Steps that shape, impute and protect, through the statements that Millrace runs: gate, engine's process, tables of the lake. */

const raw = table("raw.weather", { schema: z.object({ id: z.string(), year: z.int(), month: z.int(), element: z.string(), d1: z.number().nullable(), d2: z.number().nullable(), readings: z.array(z.object({ hour: z.int(), at: z.string() })) }), writtenBy: "tasks" });
const daily = wrangled("shaped.daily", wrangle(raw, pivotLonger(["d1", "d2"], { namesTo: ["day"], namesPattern: "d(\\d+)", numbers: ["day"], nulls: "drop" }), derive("date", { date: ["year", "month", "day"] }), select(["id", "date", "element", "value"]), pivotWider({ namesFrom: "element", valuesFrom: "value", values: ["tmax", "tmin"] })));
const filled = wrangled("shaped.filled", wrangle(daily, complete(["id", "date"], { steps: { date: 1 } }), interpolate("tmin", { along: "date", by: ["id"], flag: "line" }), impute("tmax", { with: "mean", by: ["id"], flag: "mean" }), transform({ place: { rank: "-tmax" } }, { by: ["id"] })));
const hours = wrangled("shaped.hours", wrangle(raw, unnest("readings"), separate("at", { into: ["place", "town"], separator: ", " }), filterRows([["hour", "<", 12]]), mask("town", { show: 1, from: "start" }), imputeNearest("d2", { near: ["hour"], k: 1 })));
const anonymous = wrangled("shaped.anonymous", wrangle(raw, generalise("month", { width: 6 }), kAnonymity({ quasi: ["id", "month"], sensitive: ["element"], k: 2 })));
const groups = wrangled("shaped.groups", wrangle(hours, summarise("town", { hours: { list: "hour" }, n: { count: "*" } })));
const manifest = buildManifest("test", [describeModule("/project", "/project/pipeline.ts", { daily, filled, hours, anonymous, groups })]);

let tasks: StatementTasks;
beforeAll(async () => {
  tasks = await StatementTasks.open();
  Object.assign(tasks.tables, manifest.tables);
  tasks.model(
    "raw.weather",
    `select * replace (d1::double as d1, d2::double as d2) from (values ('MX', 2010, 2, 'tmax', 27.3, 29.0, '[{"hour": 9, "at": "Main St, Leon"}, {"hour": 15, "at": "x"}]'), ('MX', 2010, 2, 'tmin', 14.4, null, '[{"hour": 7, "at": "Side St, Lima"}]'), ('MX', 2010, 4, 'tmin', 16.0, null, '[]')) as t(id, year, month, element, d1, d2, readings)`,
  );
  await tasks.run("raw.weather");
});
afterAll(() => tasks.close());

test("steps do in tables of the lake what they do in memory", async () => {
  expect(manifest.problems).toEqual([]);
  for (const name of ["daily", "filled", "hours", "hours_quarantine", "hours_report", "anonymous", "groups"]) await tasks.run(`shaped.${name}`);
  expect(await rowsOf("daily", "date")).toMatchObject([{ date: "2010-02-01", tmax: 27.3, tmin: 14.4 }, { date: "2010-02-02", tmax: 29, tmin: null }, { date: "2010-04-01", tmax: null, tmin: 16 }]);
  const all = await rowsOf("filled", "date");
  expect(all).toHaveLength(60);
  expect(all.filter(({ mean }) => mean === true)).toHaveLength(58);
  expect(Number(all[30].tmin)).toBeCloseTo(14.4 + (1.6 * 30) / 59, 10);
  expect(await rowsOf("hours", "hour")).toMatchObject([{ place: "Side St", town: "L***", d2: 29 }, { place: "Main St", town: "L***", d2: 29 }]);
  expect(await rowsOf("hours_quarantine")).toMatchObject([{ rule: "separate", reason: '"at" cannot go on, and what stands there is protected' }]);
  expect((await rowsOf("hours_report")).filter(({ samples }) => samples !== null)).toMatchObject([{ rule: "imputeNearest", column: "d2", changed: "1" }]);
  expect(await rowsOf("anonymous")).toMatchObject([{ k: "3", l: "2", groups: "1", groups_below: "0" }]);
  expect(await rowsOf("groups")).toMatchObject([{ town: "L***", n: "2" }]);
});

async function rowsOf(name: string, by?: string): Promise<Record<string, unknown>[]> {
  const rows = (await tasks.rows(`shaped.${name}`)) as Record<string, unknown>[];
  return by === undefined ? rows : rows.sort((a, b) => compareCells(a[by] as string, b[by] as string));
}
