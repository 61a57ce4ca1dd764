import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BatchBuilder } from "../../batch/builder.ts";
import { signGrant } from "./access.ts";
import { EmbeddedLog } from "./embedded-log.ts";
import { socketPort } from "./port.ts";
import { type LogServer, serveLog } from "./server.ts";
import { LogService } from "./service.ts";
import { serviceDesks } from "./service-desk.ts";

/* What a token with an end opens, as one of a worker on another machine has it. */
const secret = "a secret of the test";
const scratch = mkdtempSync(join(tmpdir(), "mr-identities-"));
const path = join(scratch, "log.sock");
let service: LogService;
let server: LogServer;
const tokenOf = (name: string, until?: number): string => signGrant({ name, reads: ["in"], writes: ["out"], until }, secret);
const connect = (token: string) => socketPort({ path, token, patienceMs: 1_000, carried: true });

beforeAll(async () => {
  service = new LogService({ folder: join(scratch, "log") });
  server = await serveLog(serviceDesks(service), path, secret);
  const control = new EmbeddedLog(await socketPort({ path, token: signGrant({ name: "control", reads: ["*"], writes: ["*"], admin: true }, secret) }));
  for (const name of ["in", "out", "other"]) await control.ensureTopic({ name, partitions: 1 });
  const records = new BatchBuilder({ columns: [{ name: "n", type: "number", nullable: false }], where: "test" });
  records.append({ n: 1 }, 0);
  await control.append({ producer: "test", outputs: [{ topic: "in", partition: 0, batch: records.finish() }] });
  await control.close();
});
afterAll(async () => {
  await server.close();
  await service.close();
  rmSync(scratch, { recursive: true });
});

const at = (topic: string) => ({ partitions: [{ topic, partition: 0, offset: 0 }], bytesMax: 1e6, waitMs: 0 });

test("an identity reads its topics and no others, and the log names nothing of this machine to it", async () => {
  const port = await connect(tokenOf("copy", Date.now() + 60_000));
  const log = new EmbeddedLog(port);
  const { entries } = await log.fetch(at("in"));
  expect(entries[0].batch?.count).toBe(1);
  expect([port.folder, log.places]).toEqual([undefined, undefined]);
  await expect(log.fetch(at("other"))).rejects.toMatchObject({ code: "MR-LOG-008" });
  await expect(log.append({ producer: "copy", outputs: [{ topic: "in", partition: 0, batch: entries[0].batch }] })).rejects.toMatchObject({ code: "MR-LOG-008" });
  await expect(log.positions("another")).rejects.toMatchObject({ code: "MR-LOG-008" });
  await log.close();
});

test("a token that is over opens nothing, and a connection is as good as its last token", async () => {
  await expect(connect(tokenOf("copy", Date.now() - 1))).rejects.toMatchObject({ code: "MR-LOG-008", parts: { what: expect.stringContaining("was good until") } });
  const port = await connect(tokenOf("copy", Date.now() + 300));
  const log = new EmbeddedLog(port);
  await log.topics();
  await expect.poll(() => log.topics().then(() => "open", (error: { code: string }) => error.code), { interval: 20 }).toBe("MR-LOG-008");
  await port.renew(tokenOf("copy", Date.now() + 60_000));
  expect((await log.topics()).map(({ name }) => name)).toEqual(["in"]);
  await expect(port.renew(tokenOf("another", Date.now() + 60_000))).rejects.toMatchObject({ code: "MR-LOG-008" });
  await log.close();
});
