import { expect, test } from "vitest";
import { anAlert } from "../../state/run-rows-for-tests.ts";
import { alertMessage } from "./alert-message.ts";
import { deafPort, errorOf, receiver } from "./alerts-for-tests.ts";
import { webhookSender } from "./send-webhook.ts";

const message = alertMessage(anAlert("a1", { task: "load", index: 3, attempt: 2, text: "it failed: «ü»" }));
const never = new AbortController().signal;
const send = (url: string, timeoutMs?: number, signal = never) => webhookSender(timeoutMs)(message, { kind: "webhook", url }, signal);

test("an alert arrives as JSON, under its id", async () => {
  const { url, received } = await receiver((response) => response.end("thanks"));
  await send(`${url}/hook?a=b`);
  expect(received).toMatchObject([{ method: "POST", path: "/hook?a=b", headers: { "content-type": "application/json", "idempotency-key": "a1", "user-agent": "millrace" } }]);
  expect(received[0].body).toEqual({
    ...{ id: "a1", kind: "failure", dag: "daily", run: "r", release: "r1", interval: { start: "1970-01-01T00:00:01.000Z", end: "1970-01-01T00:00:02.000Z" } },
    ...{ task: "load", index: 3, attempt: 2, text: "it failed: «ü»", at: "1970-01-01T00:00:03.000Z", lastAt: "1970-01-01T00:00:03.000Z", count: 1 },
  });
  expect(received[0].headers).not.toHaveProperty("authorization");
});

test("a name and a password in the address go as a header, and into no message", async () => {
  const { url, received } = await receiver((response) => response.writeHead(401).end());
  const error = await errorOf(send(url.replace("//", "//mi%40ll:s%3Acret@")));
  expect(received[0].headers.authorization).toBe(`Basic ${Buffer.from("mi@ll:s:cret").toString("base64")}`);
  expect(JSON.stringify(error)).not.toContain("cret");
});

test.each([
  [500, true], [503, true], [429, true], [408, true],
  [400, false], [401, false], [404, false], [410, false],
])("of an answer %i it is said whether another try helps: %s", async (status, retryable) => {
  const { url } = await receiver((response) => response.writeHead(status).end("why it is so"));
  expect(await errorOf(send(url))).toMatchObject({ code: "MR-ALERT-001", retryable, what: expect.stringMatching(`the answer was ${status} .*: why it is so`), where: `webhook ${url}` });
});

test.each([301, 302, 307, 308])("a redirection (%i) is not followed", async (status) => {
  const other = await receiver((response) => response.end());
  const { url } = await receiver((response) => response.writeHead(status, { location: other.url }).end());
  expect(await errorOf(send(url))).toMatchObject({ code: "MR-ALERT-001", retryable: false, what: expect.stringContaining(`${status}`) });
  expect(other.received).toEqual([]);
});

test("a receiver that hangs is given up in time, before its answer or in it, and may be tried again", async () => {
  const silent = await receiver(() => undefined);
  expect(await errorOf(send(silent.url, 100))).toMatchObject({ retryable: true, what: "there was no answer within 0.1 s" });
  const slow = await receiver((response) => void response.writeHead(200).flushHeaders());
  expect(await errorOf(send(slow.url, 100))).toMatchObject({ retryable: true, what: "there was no answer within 0.1 s" });
});

test("an answer without end is not read to its end", async () => {
  const { url } = await receiver((response) => {
    const more = (): void => {
      while (response.writable && response.write("x".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  });
  await send(url);
});

test("a receiver that is not there, or breaks off, may be tried again", async () => {
  expect(await errorOf(send(`http://127.0.0.1:${await deafPort()}/x`))).toMatchObject({ code: "MR-ALERT-001", retryable: true, what: expect.stringContaining("ECONNREFUSED") });
  const { url } = await receiver((response) => response.destroy());
  expect(await errorOf(send(url))).toMatchObject({ retryable: true });
});

test("it can be called off", async () => {
  const { url, received } = await receiver(() => stop.abort());
  const stop = new AbortController();
  expect(await errorOf(send(url, 10_000, stop.signal))).toMatchObject({ code: "MR-ALERT-001" });
  expect(received).toHaveLength(1);
});
