import { connection } from "../../model/secret.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { SourceBed } from "./source-bed-for-tests.ts";

/* A process that loads the files of the bed's one table, one at a time, until it is done or somebody kills it. It says when it begins each. */

const runner = new SqlRunner({ concurrencyMax: 1, statementsPerProcess: 1_000 });
const [, , root, place] = process.argv;
const given = place === undefined ? undefined : JSON.parse(place);
const options = given && { at: given.at, connection: connection("raw", given.connection) };
const bed = await SourceBed.open(root, runner);
const [{ changes }] = await bed.tables(options);
for (const { name } of changes.changed) {
  const [now] = await bed.tables(options);
  console.log(name);
  await bed.loadOne({ ...now, files: now.files.filter((file) => file.name === name) });
}
await bed.close();
await runner.close();
