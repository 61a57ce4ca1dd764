import { randomUUID } from "node:crypto";
import { mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type S3Server, startS3 } from "../../scripts/engines/s3.ts";
import type { BucketConnection } from "../model/bucket.ts";
import { filesConformance } from "./conformance.ts";
import { type Fault, FaultProxy } from "./fault-proxy-for-tests.ts";
import { ObjectCopies } from "./object-copies.ts";
import { s3Files } from "./s3.ts";
import { s3Client } from "./s3-client.ts";
import { bytesOf } from "./s3-port.ts";

/** Needs versitygw; MILLRACE_S3_BIN names the folder of its program. */
let server: S3Server;
let proxy: FaultProxy;
let stagingFolder: string;
let copies: ObjectCopies;
beforeAll(async () => {
  server = await startS3(["lake"]);
  proxy = await FaultProxy.before(server.endpoint);
  stagingFolder = await mkdtemp(join(tmpdir(), "millrace-s3-staging-"));
  copies = new ObjectCopies(`${stagingFolder}-copies`);
});
afterAll(async () => {
  proxy?.stop();
  await server?.stop();
  for (const folder of [stagingFolder, copies.folder]) await rm(folder, { recursive: true, force: true });
});

const connection = (endpoint: string): BucketConnection => ({ endpoint, accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey });
const bucket = (endpoint: string, more: object = {}) => s3Client({ bucket: "lake", connection: connection(endpoint), ...more });
const driver = async (endpoint: string, more: object = {}) => s3Files(await bucket(endpoint, more), { prefix: `${randomUUID()}/`, stagingFolder, copies });
const bytes = (...values: number[]) => Uint8Array.from(values);

filesConformance("S3", () => driver(server.endpoint));

test("of 100 writers at once one wins, whole or in parts, whoever they go through", async () => {
  const prefix = `${randomUUID()}/`;
  const stores = await Promise.all([0, 1, 2, 3].map(async () => s3Files(await bucket(server.endpoint, { partBytes: 5 << 20 }), { prefix, stagingFolder, copies })));
  const race = async (key: string, writers: number, of: (i: number) => Uint8Array) => {
    const won = await Promise.all(Array.from({ length: writers }, (_, i) => stores[i % 4].putIfAbsent(key, of(i))));
    expect(won.filter(Boolean).length).toBe(1);
    expect(Buffer.compare((await stores[0].read(key)) as Uint8Array, of(won.indexOf(true)))).toBe(0);
  };
  await race("small", 100, (i) => bytes(i));
  await race("large", 8, (i) => new Uint8Array(6 << 20).fill(i));
});

test("a put whose answer is lost is found to be ours, whole or in parts, and a taken name stays taken", async () => {
  const files = await driver(proxy.endpoint, { partBytes: 5 << 20 });
  for (const [key, value] of [["small", bytes(1)], ["large", new Uint8Array(6 << 20)]] as const) {
    let left = 1;
    // Of an object in parts the request that puts them together.
    proxy.fault = ({ method, url }) => ((method === "PUT" && key === "small") || (method === "POST" && url?.includes("uploadId"))) && left-- > 0 ? "lose-answer" : "pass";
    expect(await files.putIfAbsent(key, value)).toBe(true);
    left = 1;
    expect(await files.putIfAbsent(key, value)).toBe(false);
  }
  proxy.fault = () => "pass";
});

test("through a network that loses answers at random every name has one owner, who knows it", async () => {
  const prefix = `${randomUUID()}/`;
  const writers = await Promise.all(Array.from({ length: 4 }, async () => s3Files(await bucket(proxy.endpoint, { silenceMs: 1_000 }), { prefix, stagingFolder, copies })));
  const faults: Fault[] = ["lose-answer", "lose-answer", "cut-body", "slow-down", "silence"];
  proxy.fault = () => (Math.random() < 0.3 ? faults[Math.floor(Math.random() * faults.length)] : "pass");
  const keys = Array.from({ length: 15 }, (_, i) => `k/${i}`);
  const won = await Promise.all(keys.map((key) => Promise.all(writers.map((files, i) => files.putIfAbsent(key, bytes(i))))));
  proxy.fault = () => "pass";
  for (const [i, each] of won.entries()) {
    expect(each.filter(Boolean)).toHaveLength(1);
    expect([...((await writers[0].read(keys[i])) ?? [])]).toEqual([each.indexOf(true)]);
  }
});

test("a store that is busy, silent for a while, or cut off is asked again", async () => {
  const files = await driver(proxy.endpoint, { silenceMs: 1_000 });
  const meeting = async <T>(faults: Fault[], work: () => Promise<T>): Promise<T> => {
    proxy.fault = () => faults.shift() ?? "pass";
    const done = await work();
    expect(faults).toEqual([]);
    return done;
  };
  expect(await meeting(["slow-down", "silence", "lose-answer"], () => files.putIfAbsent("a/0", bytes(0)))).toBe(true);
  const listed = async () => {
    for await (const key of files.list("a/")) return key;
  };
  expect(await meeting(["silence", "cut-body"], listed)).toBe("a/0");
  const large = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));
  await files.putIfAbsent("b", large);
  expect(Buffer.compare((await meeting(["cut-body", "cut-body", "silence"], () => files.read("b", 7))) as Uint8Array, large.subarray(7))).toBe(0);
  proxy.fault = () => "slow-down";
  await expect((await driver(proxy.endpoint, { tries: 2 })).read("a/0")).rejects.toMatchObject({ code: "MR-FILES-002", parts: { retryable: true } });
  proxy.fault = () => "pass";
});

test("more than a page is listed whole", async () => {
  const files = await driver(server.endpoint);
  const keys = Array.from({ length: 1_203 }, (_, i) => `p/${String(i).padStart(5, "0")}`);
  for (let i = 0; i < keys.length; i += 50) await Promise.all(keys.slice(i, i + 50).map((key) => files.putIfAbsent(key, bytes())));
  const found: string[] = [];
  for await (const key of files.list("p/")) found.push(key);
  expect(found).toEqual(keys);
});

test("a staged file that is cut short while it is stored is no file", async () => {
  const files = await driver(server.endpoint, { partBytes: 5 << 20 });
  const staged = await files.stage();
  await truncate(staged, 0).catch(() => undefined);
  await expect(files.adopt("a", staged)).rejects.toMatchObject({ code: "MR-FILES-002" });
  expect(await files.read("a")).toBeUndefined();
});

test("an object that is another version now is told apart, whole and by range", async () => {
  const s3 = await bucket(server.endpoint);
  const key = `${randomUUID()}/a`;
  const put = () => s3.putNew(key, { bytes: 3, read: async () => bytes(1, 2, 3) }, "t");
  await put();
  const { etag } = (await s3.head(key)) as { etag: string };
  expect(await bytesOf(s3, key, { start: 1, end: 2 }, etag)).toEqual(Buffer.from([2]));
  expect([await s3.open(key, { start: 0 }, '"other"'), await s3.open(key, { start: 1, end: 2 }, '"other"')]).toEqual(["changed", "changed"]);
  await s3.delete(key);
  expect(await s3.open(key, { start: 0 }, etag)).toBeUndefined();
});

test("an object that is replaced while it is read never comes out of two versions", async () => {
  const [s3, far] = await Promise.all([bucket(server.endpoint), bucket(proxy.endpoint)]);
  const key = `${randomUUID()}/a`;
  const put = (fill: number) => s3.putNew(key, { bytes: 300_000, read: async (start, end) => Buffer.alloc(end - start, fill) }, "t");
  await put(1);
  let [requests, replaced] = [0, false];
  proxy.fault = () => {
    if (++requests === 1) return "cut-body";
    if (requests === 2) void s3.delete(key).then(() => put(2)).then(() => (replaced = true));
    return replaced ? "pass" : "slow-down";
  };
  await expect(bytesOf(far, key, { start: 0 })).rejects.toMatchObject({ code: "MR-FORMAT-004" });
  expect([...new Set((await bytesOf(far, key, { start: 0 })) as Uint8Array)]).toEqual([2]);
  proxy.fault = () => "pass";
});

test("no such bucket, no such key, nobody there: each by code", async () => {
  const list = async (more: { bucket?: string; connection?: BucketConnection }) => {
    const s3 = await s3Client({ bucket: "lake", connection: connection(server.endpoint), tries: 1, ...more });
    for await (const _ of s3.pages("")) return;
  };
  await expect(list({ bucket: "none" })).rejects.toMatchObject({ code: "MR-CONNECT-004", parts: { what: "there is no such bucket" } });
  await expect(list({ connection: { ...connection(server.endpoint), secretAccessKey: "wrong" } })).rejects.toMatchObject({ code: "MR-CONNECT-002" });

  await expect(list({ connection: connection("http://127.0.0.1:1") })).rejects.toMatchObject({ code: "MR-CONNECT-001", parts: { retryable: true } });
});

test("a bucket of which nothing says the region is told of when it is opened", async () => {
  const before = { ...process.env };
  onTestFinished(() => void (process.env = before));
  for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"]) delete process.env[name];
  Object.assign(process.env, { AWS_CONFIG_FILE: join(stagingFolder, "none"), AWS_SHARED_CREDENTIALS_FILE: join(stagingFolder, "none") });
  await expect(s3Client({ bucket: "lake" })).rejects.toMatchObject({ code: "MR-CONNECT-004" });
  expect(await s3Client({ bucket: "lake", connection: { region: "eu-central-1" } })).toMatchObject({ name: "s3://lake" });
});
