import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { stateConformance } from "./conformance.ts";
import { sqliteState } from "./sqlite.ts";

const scratch = () => mkdtemp(join(tmpdir(), "millrace-state-"));

const folder = scratch();
stateConformance("sqlite", async (name) => sqliteState(join(await folder, `${name}.sqlite`)));

test("processes that race with swaps lose no step", async () => {
  const path = join(await scratch(), "deep/state.sqlite");
  const outputs = await Promise.all([count(path), count(path), count(path)]);
  expect(outputs.map(({ errors }) => errors)).toEqual(["", "", ""]);
  const store = await sqliteState(path);
  expect(await store.get("race", "counter")).toEqual({ value: 300, version: 300 });
  await store.close();
});

test("what a killed process was told is written, is written", async () => {
  const path = join(await scratch(), "state.sqlite");
  const code = `
    const { sqliteState } = await import(${JSON.stringify(new URL("./sqlite.ts", import.meta.url).href)});
    const store = await sqliteState(${JSON.stringify(path)});
    for (let i = 1; ; i++) { await store.put("c", "k", i); process.stdout.write(i + "\\n"); }`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code]);
  let told = "";
  for await (const chunk of child.stdout) {
    told += chunk;
    if (told.split("\n").length > 20) child.kill("SIGKILL");
  }
  const last = Number(told.slice(0, told.lastIndexOf("\n")).split("\n").at(-1));
  const store = await sqliteState(path);
  expect((await store.get<number>("c", "k"))?.value).toBeGreaterThanOrEqual(last);
  await store.close();
});

test("a file that is no store is refused by code", async () => {
  const path = join(await scratch(), "state.sqlite");
  await writeFile(path, "this is not a database, and long enough to be looked at".repeat(100));
  await expect(sqliteState(path)).rejects.toMatchObject({ code: "MR-STATE-001" });
});

/** A process of its own that raises a counter a hundred times. */
async function count(path: string): Promise<{ errors: string }> {
  const code = `
    const { sqliteState } = await import(${JSON.stringify(new URL("./sqlite.ts", import.meta.url).href)});
    const store = await sqliteState(${JSON.stringify(path)});
    for (let done = 0; done < 100; ) {
      const found = await store.get("race", "counter");
      if (await store.compareAndSwap("race", "counter", found?.version ?? 0, (found?.value ?? 0) + 1)) done += 1;
    }
    await store.close();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code]);
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += chunk));
  await new Promise((done) => child.on("close", done));
  return { errors };
}
