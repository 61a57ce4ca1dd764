import { afterAll, expect, onTestFinished, test } from "vitest";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { folderFiles } from "../../files/folder.ts";
import { Lake } from "../../lake/lake.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { sqliteState } from "../../state/sqlite.ts";
import { mortal } from "./mortal-for-tests.ts";
import { SourceBed } from "./source-bed-for-tests.ts";

const runner = new SqlRunner({ concurrencyMax: 2, statementsPerProcess: 1_000 });
afterAll(() => runner.close());

async function freshBed(): Promise<SourceBed> {
  const bed = await SourceBed.make(runner);
  onTestFinished(() => bed.remove());
  return bed;
}

const rows = (file: number, from: number, to: number): string => `file,n\n${Array.from({ length: to - from }, (_, i) => `${file},${from + i}\n`).join("")}`;
const sums = (bed: SourceBed) => bed.sql("select file, count(*), count(distinct n), sum(n)::int from jira.t group by all order by all");

test("a load that ends between any two of its writes loses nothing and doubles nothing when it is begun again", async () => {
  const bed = await freshBed();
  await bed.write({ "t/1.csv": rows(1, 0, 5), "t/2.csv": rows(2, 0, 5) });
  await bed.run();
  await bed.write({ "t/1.csv": rows(1, 5, 9), "t/3.csv": rows(3, 0, 4), "t/4.csv": rows(4, 0, 3) });
  await bed.crawl();
  await bed.write({ "t/4.csv": `${rows(4, 0, 3)}x,y\n` });
  const state = await sqliteState(join(bed.root, "state.db"));
  onTestFinished(() => state.close());
  // What a statement gives is the same each time: it is asked once.
  let described: ReturnType<SqlRunner["run"]> | undefined;
  const quick: Pick<SqlRunner, "run" | "write"> = { run: (request) => (described ??= runner.run(request)), write: (request) => runner.write(request) };
  const seen = new Set<string>();
  let last: bigint | undefined;
  for (let calls = 0; ; calls++) {
    const life = { calls };
    const lake = new Lake({ files: mortal(folderFiles(join(bed.root, "lake")), ["putIfAbsent", "adopt", "delete"], life), state: mortal(state, ["compareAndSwap"], life) });
    const [table] = await bed.tables();
    const ended = await bed.loadOne(table, { lake, runner: quick }).then(() => true, () => false);
    await lake.close();
    // Nobody sees a file in part, nor a changed one twice.
    const version = (await (await bed.lake.table("jira.t")).currentSnapshot())?.["snapshot-id"];
    if (version !== last) seen.add(JSON.stringify(await sums(bed)));
    last = version;
    if (ended && life.calls > 0) break;
  }
  const whole = [[1, 4, 4, 26], [2, 5, 5, 10], [3, 4, 4, 6], [4, 3, 3, 3]];
  expect(await sums(bed)).toEqual(whole);
  expect(await bed.sql("select _file, raw from jira.t_quarantine")).toEqual([["t/4.csv", "x,y"]]);
  expect([...seen].map((each) => JSON.parse(each))).toEqual([[[1, 5, 5, 10], [2, 5, 5, 10]], [[1, 5, 5, 10], ...whole.slice(1)], whole]);
});

const child = fileURLToPath(new URL("./load-child-for-tests.ts", import.meta.url));

test("a process that is killed with kill -9 again and again while it loads comes to the same rows", async () => {
  const bed = await freshBed();
  const files = 8;
  await bed.write(Object.fromEntries(Array.from({ length: files }, (_, i) => [`t/${i}.csv`, rows(i, 0, 1_000)])));
  await bed.run();
  await bed.write(Object.fromEntries(Array.from({ length: files }, (_, i) => [`t/${i}.csv`, rows(i, 0, 1_000 + i)])));
  await bed.crawl();
  const codes: (number | null)[] = [];
  for (const loads of [1, 2, 3, files + 1]) codes.push(await killedAt(bed.root, loads));
  expect(codes).toEqual([null, null, null, 0]);
  expect(await sums(bed)).toEqual(Array.from({ length: files }, (_, i) => [i, 1_000 + i, 1_000 + i, ((1_000 + i) * (999 + i)) / 2]));
  expect(await bed.load()).toEqual({});
});

/** Kills a process at a moment of its `loads`-th load. @returns its exit code; null when it was killed */
async function killedAt(root: string, loads: number): Promise<number | null> {
  const loading = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", child, root], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(loading, "exit");
  let begun = 0;
  for await (const _ of createInterface(loading.stdout)) if (++begun === loads) setTimeout(() => loading.kill("SIGKILL"), Math.random() * 200);
  return (await exited)[0] as number | null;
}
