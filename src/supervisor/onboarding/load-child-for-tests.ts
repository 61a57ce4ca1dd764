import { SqlRunner } from "../../sql/sql-runner.ts";
import { SourceBed } from "./source-bed-for-tests.ts";

/* A process that loads the files of the bed's one table, one at a time, until it is done or somebody kills it. It says when it begins each. */

const runner = new SqlRunner({ concurrencyMax: 1, statementsPerProcess: 1_000 });
const bed = await SourceBed.open(process.argv[2], runner);
const [{ changes }] = await bed.tables();
for (const { name } of changes.changed) {
  const [now] = await bed.tables();
  console.log(name);
  await bed.loadOne({ ...now, files: now.files.filter((file) => file.name === name) });
}
await bed.close();
await runner.close();
