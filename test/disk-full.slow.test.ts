import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MillraceProcess, until } from "./support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "./support/temporary-project.ts";
import { stallMs } from "./support/stall.ts";

/* A disk of its own, so that it can be filled: needs the right to mount. */

const disk = mkdtempSync(join(tmpdir(), "millrace-disk-"));
const mount = (): boolean => process.platform === "linux" && process.getuid?.() === 0 && spawnSync("mount", ["-t", "tmpfs", "-o", "size=96m", "tmpfs", disk]).status === 0;
let mounted = false;
let project: TemporaryProject;
let millrace: MillraceProcess | undefined;

beforeAll(() => {
  project = temporaryProject({
    "pipeline.ts": `
import { http, stage, table, topic } from "millrace";
import { z } from "zod";
const Order = z.object({ id: z.string(), amount: z.int(), note: z.string() });
export const orders = topic("orders", { schema: Order, key: "id", partitions: 4 });
export const done = topic("done", { schema: Order, key: "id", partitions: 4 });
export const intake = http("intake", { to: orders });
export const copy = stage("copy", { from: orders, to: done, run: (order, emit) => emit({ ...order, amount: order.amount + 1 }) });
export const kept = table("shop.kept", { from: done });
`,
  });
});

afterAll(async () => {
  await millrace?.stop();
  if (mounted) spawnSync("umount", ["-l", disk]);
  rmSync(disk, { recursive: true, force: true });
  project.remove();
});

const free = (): number => statfsSync(disk).bavail * statfsSync(disk).bsize;

test("on a full disk posts are refused and stages wait; freed, all that was acknowledged is there, once", async (context) => {
  mounted = mount();
  context.skip(!mounted, "no right to mount a disk");
  mkdirSync(join(disk, "data"));
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(60 * 1024 * 1024));
  millrace = await MillraceProcess.start(project.folder, join(disk, "data"));
  const up = millrace;
  let acknowledged = 0;
  let refused: { code?: string; status: number } | undefined;
  const send = async (): Promise<boolean> => {
    // Text that cannot be made smaller, so that the disk fills soon.
    const records = Array.from({ length: 500 }, (_, i) => ({ id: `o${acknowledged + i}`, amount: i, note: Array.from({ length: 40 }, () => Math.random().toString(36).slice(2)).join("") }));
    const answer = await up.post("/ingest/intake", records);
    const body = (await answer.json()) as { error?: { code: string }; code?: string };
    if (answer.status === 200) acknowledged += records.length;
    else refused = { status: answer.status, code: body.error?.code ?? body.code };
    return answer.status === 200;
  };
  for (let i = 0; i < 500 && (await send()); i++);
  expect(refused).toEqual({ status: 507, code: "MR-LOG-007" });
  // Nobody gives up, and nobody is lost for good, while it stays full.
  writeFileSync(join(disk, "rest"), Buffer.alloc(Math.max(0, free() - 4_096)));
  const fullUntil = performance.now() + 8_000;
  while (performance.now() < fullUntil) {
    await send();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  expect((await up.status()).stages.find(({ name }) => name === "copy")?.state).not.toBe("paused");
  const freedAt = performance.now();
  rmSync(ballast);
  rmSync(join(disk, "rest"));
  await until(send);
  const total = async (): Promise<unknown[]> => (await up.sql("select count(*), count(distinct id) from shop.kept")).rows[0];
  await until(async () => (await total())[0] === acknowledged && (await up.status()).idle);
  expect(performance.now() - freedAt).toBeLessThan(30_000 + stallMs);
  expect(await total()).toEqual([acknowledged, acknowledged]);
  expect((await up.status()).stages.filter(({ deadLetters }) => deadLetters > 0)).toEqual([]);
});
