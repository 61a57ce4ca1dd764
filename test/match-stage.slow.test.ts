import { afterAll, expect, test } from "vitest";
import { sql } from "../src/model/sql-tag.ts";
import { dedupe } from "../src/wrangle/entities/linking.ts";
import { people } from "../src/wrangle/entities/people-for-tests.ts";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";

/* Records that are matched as they come, in a keyed stage that remembers the rows of each block, while everything is killed again and again. */

const rules = {
  key: "id",
  block: ["born", ["surname", "given"], "email"],
  compare: [
    { column: "given", levels: ["exact", { jaroWinkler: 0.9 }] },
    { column: "surname", levels: ["exact", { jaroWinkler: 0.9 }] },
    { column: "born", levels: ["exact"] },
    { column: "email", levels: ["exact", { damerau: 2 }] },
  ],
};
const model = {
  prior: 0.001,
  levels: { given: { m: [0.75, 0.15, 0.1], u: [0.02, 0.01, 0.97] }, surname: { m: [0.75, 0.2, 0.05], u: [0.001, 0.001, 0.998] }, born: { m: [0.7, 0.3], u: [0.0001, 0.9999] }, email: { m: [0.7, 0.25, 0.05], u: [0.00001, 0.00001, 0.99998] } },
};

const pipeline = `
import { http, stage, topic } from "millrace";
import { dedupe } from "millrace/wrangle";
import { z } from "zod";
const Person = z.object({ id: z.string(), given: z.string().nullable(), surname: z.string().nullable(), born: z.iso.date().nullable(), email: z.string().nullable() });
export const arrivals = topic("people", { schema: Person, key: "id" });
export const intake = http("people-intake", { to: arrivals });
export const blocked = topic("people.blocked", { schema: Person.extend({ block: z.string() }), key: "block", partitions: 4 });
export const matches = topic("people.matches", { schema: z.object({ id: z.string(), other: z.string() }), key: "id" });
const matcher = dedupe(arrivals, ${JSON.stringify(rules)}).blockMatcher(${JSON.stringify(model)}, { probability: 0.95 });
export const block = stage("block-people", { from: arrivals, to: blocked, run: (person, emit) => { for (const block of matcher.blocks(person)) emit({ ...person, block }); } });
export const match = stage("match-people", {
  from: blocked,
  to: matches,
  init: () => ({ rows: [] }),
  runKeyed: ({ rows }, { block, ...person }, emit) => {
    for (const { row } of matcher.match(block, person, rows)) emit({ id: person.id, other: row.id });
    return { rows: [...rows.filter(({ id }) => id !== person.id), person] };
  },
});
`;

let project: TemporaryProject;
let millrace: MillraceProcess;
afterAll(async () => {
  await millrace?.stop();
  project?.remove();
});

test("kill -9 at any moment of matching loses no pair and doubles none", async () => {
  const arriving = people(1_200, 3).map(({ id, given, surname, born, email }) => ({ id, given, surname, born, email }));
  project = temporaryProject({ "pipeline.ts": pipeline });
  millrace = await MillraceProcess.start(project.folder, project.data);
  for (let round = 0; round < 6; round++) {
    const answer = await millrace.post("/ingest/people-intake", arriving.slice(round * 200, (round + 1) * 200));
    expect(answer.status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 60 * round));
    await millrace.killAll();
    millrace = await MillraceProcess.start(project.folder, project.data);
  }
  await until(async () => (await millrace.status()).idle === true);

  const matcher = dedupe(sql`select * from people`, rules as never).matcher(model, { probability: 0.95 });
  matcher.add(arriving as never);
  const expected = arriving.flatMap((person) => matcher.match(person as never).map(({ row }) => [person.id, String(row.id)]).filter(([a, b]) => a < b).map(String));
  const { rows } = await millrace.sql('select least(id, other), greatest(id, other) from topics."people.matches"');
  expect(rows.map(String).sort()).toEqual(expected.sort());
  expect(expected.length).toBeGreaterThan(200);
});
