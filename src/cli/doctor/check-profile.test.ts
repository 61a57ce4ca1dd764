import { createServer } from "node:net";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../../../scripts/engines/free-port.ts";
import { kafkaLog, postgresState, s3Files } from "../../model/profile.ts";
import { connection, secret } from "../../model/secret.ts";
import { MemoryBucket } from "../../files/s3-memory-for-tests.ts";
import { lookAtBucket } from "../../files/look-at-bucket.ts";
import { checkProfile } from "./check-profile.ts";

test("an embedded project asks nobody", async () => {
  expect(await checkProfile({})).toEqual([]);
});

test("servers that are not there are named, each with its mend", async () => {
  const port = await freePort();
  process.env.MILLRACE_SECRET_DOCTOR_URL = `postgresql://nobody@127.0.0.1:${port}/none`;
  process.env.MILLRACE_SECRET_DOCTOR_KEY = "key";
  onTestFinished(() => {
    for (const name of ["URL", "KEY"]) delete process.env[`MILLRACE_SECRET_DOCTOR_${name}`];
  });
  const checks = await checkProfile({
    log: kafkaLog({ brokers: [`127.0.0.1:${port}`] }),
    state: postgresState({ url: secret("doctor-url") }),
    files: s3Files({ at: "s3://lake/shop", connection: connection("store", { endpoint: `http://127.0.0.1:${port}`, accessKeyId: "id", secretAccessKey: secret("doctor-key") }) }),
  });
  expect(checks.map(({ name, state }) => [name, state])).toEqual([["log", "fail"], ["state", "fail"], ["files", "fail"]]);
  for (const { what, mend } of checks) expect(what.length > 5 && mend !== undefined).toBe(true);
});

test("a server that speaks something else fails, and does not hang", async () => {
  const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  expect(await checkProfile({ log: kafkaLog({ brokers: [`127.0.0.1:${port}`] }) })).toMatchObject([{ name: "log", state: "fail" }]);
});

test("a secret that is not there is said before any server is asked", async () => {
  expect(await checkProfile({ state: postgresState({ url: secret("doctor-missing") }) })).toMatchObject([{ name: "state", state: "fail", what: expect.stringContaining("doctor-missing") }, { name: "control planes", state: "warn" }]);
});

test("a bucket that replaces what was to be put where nothing stands is found out, and nothing stays in it", async () => {
  const bucket = new MemoryBucket();
  expect(await lookAtBucket(bucket, "shop/")).toEqual({ honoursConditions: true, keeps: true });
  const careless = new CarelessBucket();
  expect(await lookAtBucket(careless, "shop/")).toEqual({ honoursConditions: false, keeps: true });
  expect([...bucket.objects, ...careless.objects]).toEqual([]);
});

/** Knows no conditions. */
class CarelessBucket extends MemoryBucket {
  override async putNew(...put: Parameters<MemoryBucket["putNew"]>): ReturnType<MemoryBucket["putNew"]> {
    await this.delete(put[0]);
    return super.putNew(...put);
  }
}
