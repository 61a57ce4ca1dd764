import fc from "fast-check";
import { expect, test } from "vitest";
import { fill, pivotLonger, required, type Step, trim } from "../index.ts";
import { TestEngine } from "../nested/nested-for-tests.ts";
import { applySteps } from "./apply-steps.ts";
import { compileSteps } from "./compile-steps.ts";
import { readSteps } from "./read-steps.ts";
import { bothForms, type Columns, dirtyRows } from "./steps-for-tests.ts";

const people: Columns = { name: "VARCHAR", city: "VARCHAR", line: "BIGINT" };

test("each row is in the result or in the quarantine, and the report says what each rule did", async () => {
  const engine = await TestEngine.open();
  const rows = [
    { name: " ann\t", city: null, line: 1 },
    { name: null, city: "Oslo", line: 2 },
    { name: "bob", city: "Rome", line: 3 },
    { name: " ann\t", city: null, line: 4 },
  ];
  const done = await bothForms(engine, people, rows, [required("name"), trim("name"), fill("city", { orderBy: ["line"] })] as Step<never>[]);
  expect(done.rows.map((row) => Object.values(row))).toEqual([["ann", null, 1], ["bob", "Rome", 3], ["ann", "Rome", 4]]);
  expect(done.rejected).toEqual([{ step: 1, rule: "required", reason: '"name" is missing', row: rows[1] }]);
  expect(done.report.filter(({ column }) => column !== null)).toEqual([
    { step: 2, rule: "trim", column: "name", rowsIn: null, rowsOut: null, rejected: null, changed: 2, samples: [{ before: " ann\t", after: "ann" }] },
    { step: 3, rule: "fill", column: "city", rowsIn: null, rowsOut: null, rejected: null, changed: 1, samples: [{ before: null, after: "Rome" }] },
  ]);
});

test("both forms of steps, in every order, give the same rows, rejects and counts", async () => {
  const engine = await TestEngine.open();
  const step = fc.constantFrom<Step<never>>(
    trim(["name", "city"]) as Step<never>,
    trim("name", { inside: "collapse" }) as Step<never>,
    required("city") as Step<never>,
    fill(["name", "city"], { orderBy: ["line", "name", "city"] } as never) as Step<never>,
    fill("city", { orderBy: ["-line", "-city"], by: ["name"], direction: "up" } as never) as Step<never>,
  );
  await fc.assert(
    fc.asyncProperty(dirtyRows(people), fc.array(step, { maxLength: 4 }), fc.boolean(), async (rows, steps, longer) => {
      const all = longer ? [...steps, pivotLonger(["name", "city"] as never, { nulls: "drop" }) as Step<never>, required("value" as never) as Step<never>] : steps;
      await bothForms(engine, people, rows, all);
    }),
    { numRuns: 80 },
  );
});

test("steps that cannot be are refused by name", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select 1 as n, 'x' as t");
  const refused = (steps: unknown, said: RegExp) => expect(() => compileSteps(readSteps(steps), input, "rows")).toThrow(said);
  refused([{ kind: "trimm", columns: ["t"] }], /trim/);
  refused([{ kind: "trim", columns: ["T2"] }], /there is no column "T2"/);
  refused([{ kind: "trim", columns: ["T"] }], /in which case counts \(nearest: "t"\)/);
  expect(() => applySteps(readSteps([{ kind: "trim", columns: ["T"] }]), [{ t: "x" }])).toThrow(/in which case counts \(nearest: "t"\)/);
  expect(applySteps(readSteps([{ kind: "trim", columns: ["T"] }]), [{ n: 1 }]).rows).toHaveLength(1);
  refused([{ kind: "trim", columns: ["n"] }], /holds INTEGER/);
  refused([{ kind: "trim", columns: ["t"], insid: "keep" }], /write inside/);
  refused([{ kind: "trim", columns: [] }], /columns cannot be/);
  refused("trim", /no list/);
});
