import { afterAll, expect, test } from "vitest";
import { releasePlanText } from "../../cli/output/release-plan-text.ts";
import { styleFor } from "../../cli/output/style.ts";
import { buildManifest } from "../../model/build-manifest.ts";
import { describeModule } from "../../model/describe-module.ts";
import { mart } from "../../model/marts/mart.ts";
import { type Sql, sql } from "../../model/sql-tag.ts";
import { table } from "../../model/table.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { martPlans } from "./mart-plan.ts";

const runner = new SqlRunner({ statementsPerProcess: 100 });
afterAll(() => runner.close());

const project = (daily: Sql, people: Sql, readers = ["finance-team"], more: Record<string, Sql> = {}) => {
  const below = table("sales.daily", { sql: daily });
  return buildManifest("shop", [describeModule("/shop", "/shop/pipeline.ts", { below, finance: mart("finance", { readers, tables: { revenue: below, people, ...more } }) })]);
};
const daily = sql`select 1 as id, 2 as total, 'x' as region`;
const people = sql`select 1 as id, 'ada' as customer`;

test("a plan tells which columns a mart loses, also through what it stands on", async () => {
  const before = project(daily, people);
  expect(await martPlans(runner, before, project(daily, people))).toEqual([]);
  expect(await martPlans(runner, before, project(sql`select 1 as id, 'x' as "Region", 3 as new`, people))).toEqual([
    { name: "finance", change: "changed", readers: { added: [], removed: [] }, tables: { added: [], removed: [] }, lost: [{ table: "finance.revenue", columns: ["total"] }], gained: [{ table: "finance.revenue", columns: ["new"] }] },
  ]);
  // What it gives is not known without running it.
  expect(await martPlans(runner, before, project(daily, sql`select * exclude (customer) from (select 1 as id, 2 as customer)`))).toMatchObject([]);
});

test("a plan tells who comes to read, who goes, and which tables", async () => {
  const before = project(daily, people);
  const after = project(daily, people, ["audit"], { more: sql`select 1 as a` });
  const marts = await martPlans(runner, before, after);
  expect(marts).toEqual([{ name: "finance", change: "changed", readers: { added: ["audit"], removed: ["finance-team"] }, tables: { added: ["finance.more"], removed: [] }, lost: [], gained: [] }]);
  const none = { added: [], removed: [], changed: [] };
  const plan = { from: "1", to: "2", files: none, topics: none, tables: none, stages: none, dags: [], models: [], staying: [], problems: [], refusal: null, startsAnew: false, done: false };
  const lost = [{ table: "finance.people", columns: ["customer"] }];
  expect(releasePlanText({ ...plan, sources: [], marts: [{ ...marts[0], lost, gained: [{ table: "finance.people", columns: ["iban"] }] }] }, { style: styleFor(false) })).toContain(`  ~ mart finance
      + reader audit
      - reader finance-team
      + table finance.more
      - finance.people loses customer: statements of readers that name it will fail
      + finance.people shows iban
`);
  expect((await martPlans(runner, { ...before, marts: undefined }, after)).map(({ change, readers }) => [change, readers.added])).toEqual([["added", ["audit"]]]);
  expect((await martPlans(runner, before, { ...after, marts: undefined })).map(({ change, readers }) => [change, readers.removed])).toEqual([["removed", ["finance-team"]]]);
});
