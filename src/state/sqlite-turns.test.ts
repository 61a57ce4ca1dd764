import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sqliteTurns } from "./sqlite-turns.ts";

const scratch = () => mkdtemp(join(tmpdir(), "millrace-turns-"));

test("another process waits for its turn, and gets it when the one that has it is killed", async () => {
  const folder = await scratch();
  const code = `
    const { sqliteTurns } = await import(${JSON.stringify(new URL("./sqlite-turns.ts", import.meta.url).href)});
    setInterval(() => {}, 1000);
    await sqliteTurns(${JSON.stringify(folder)}).run(["t"], () => { process.stdout.write("mine"); return new Promise(() => {}); });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code]);
  await once(child.stdout, "data");
  const turns = sqliteTurns(folder, 60_000);
  let isMine = false;
  const mine = turns.run(["t"], async () => (isMine = true));
  await turns.run(["other"], async () => undefined);
  expect(isMine).toBe(false);
  child.kill("SIGKILL");
  expect(await mine).toBe(true);
  turns.close();
});

test("who sees no turn end for long goes on without one, in this process and in another", async () => {
  const folder = await scratch();
  const [here, there] = [sqliteTurns(folder, 20), sqliteTurns(folder, 20)];
  let end = () => {};
  const held = here.run(["t"], () => new Promise<void>((resolve) => (end = resolve)));
  expect(await Promise.all([here, there].map((turns) => turns.run(["t"], async () => "impatient")))).toEqual(["impatient", "impatient"]);
  end();
  await held;
  expect(await there.run(["t"], async () => "again")).toBe("again");
  here.close();
  there.close();
});

test("a line that moves is waited for, however long it is", async () => {
  const turns = sqliteTurns(await scratch(), 40);
  const order: number[] = [];
  let atOnce = 0;
  const work = (n: number) => async () => {
    expect(++atOnce).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    atOnce -= 1;
    order.push(n);
  };
  await Promise.all(Array.from({ length: 12 }, (_, n) => turns.run(["t"], work(n))));
  expect(order).toEqual(Array.from({ length: 12 }, (_, n) => n));
  turns.close();
});

test("where no lock can be had, work is done all the same", async () => {
  const file = join(await scratch(), "file");
  await writeFile(file, "");
  const turns = sqliteTurns(join(file, "turns"));
  expect(await turns.run(["t"], async () => 1)).toBe(1);
  turns.close();
});
