import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { AlertRow, RunStore } from "../../state/run-store.ts";
import { anAlert, changes } from "../../state/run-rows-for-tests.ts";
import { sqliteRuns } from "../../state/sqlite-runs.ts";
import { AlertOutbox, type AlertOutboxOptions } from "./alert-outbox.ts";
import { receiver } from "./alerts-for-tests.ts";
import { commandSender } from "./send-command.ts";
import { mailSender } from "./send-mail.ts";
import { webhookSender } from "./send-webhook.ts";

interface Bed {
  store: RunStore;
  /** Puts alerts into the store, as the scheduler does. */
  add(...rows: AlertRow[]): Promise<void>;
  outbox(options?: Partial<AlertOutboxOptions>): AlertOutbox;
  row(id: string): Promise<AlertRow>;
  /** The alert has come to an end. */
  over(id: string): Promise<AlertRow>;
}

/** A real store, and outboxes over it. */
async function bed(): Promise<Bed> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-outbox-"));
  const store = await sqliteRuns(join(folder, "state.db"));
  const { epoch } = await store.take("test");
  const open: AlertOutbox[] = [];
  onTestFinished(async () => {
    await Promise.all(open.map((outbox) => outbox.close()));
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const keep = (alerts: AlertRow[]): Promise<void> => store.commit(epoch, changes({ alerts }));
  const row = async (id: string): Promise<AlertRow> => (await store.alerts({ limit: 100 })).find((each) => each.id === id) as AlertRow;
  return {
    store,
    add: (...rows) => keep(rows),
    outbox: (options) => {
      const senders = { webhook: webhookSender(), command: commandSender(() => folder), email: mailSender({}), dag: () => Promise.reject(new Error("no DAG is told here")) };
      const outbox = new AlertOutbox({ store, keep, senders, logger: { warn: () => undefined, error: () => undefined }, waitMs: () => 1, ...options });
      open.push(outbox);
      return outbox;
    },
    row,
    over: async (id) => {
      await expect.poll(async () => (await row(id)).endedAt, { interval: 10 }).not.toBeNull();
      return row(id);
    },
  };
}

const webhook = (url: string): AlertRow["to"] => ({ kind: "webhook", url });

test("what stands in the store is sent, at its beginning and when it is woken; and tried until it is taken, under one id", async () => {
  const { add, outbox, over } = await bed();
  const { url, received } = await receiver((response, number) => response.writeHead([503, 500, 429][number - 1] ?? 200).end());
  await add(anAlert("a1", { to: webhook(url) }));
  const box = outbox();
  box.begin();
  expect(await over("a1")).toMatchObject({ state: "sent", tries: 4, nextAt: null, error: null });
  expect(received.map(({ headers, body }) => [headers["idempotency-key"], body.id])).toEqual(new Array(4).fill(["a1", "a1"]));
  await add(anAlert("a2", { to: webhook(url) }));
  box.wake();
  expect(await over("a2")).toMatchObject({ state: "sent", tries: 1 });
  expect(box.idle).toBe(true);
});

test("one that no try can help is given up at once, with the error", async () => {
  const { add, outbox, over } = await bed();
  const { url, received } = await receiver((response) => response.writeHead(302, { location: "/" }).end());
  await add(anAlert("a1", { to: webhook(url) }));
  outbox().begin();
  expect(await over("a1")).toMatchObject({ state: "failed", tries: 1, nextAt: null, error: { code: "MR-ALERT-001" } });
  expect(received).toHaveLength(1);
});

test("after 32 tries it is given up", async () => {
  const { add, outbox, over } = await bed();
  const { url, received } = await receiver((response) => response.writeHead(500).end());
  await add(anAlert("a1", { to: webhook(url) }));
  outbox().begin();
  expect(await over("a1")).toMatchObject({ state: "failed", tries: 32, error: { retryable: true } });
  expect(received).toHaveLength(32);
});

test("the waits between tries double, from 5 s to an hour", async () => {
  const { add, outbox, row } = await bed();
  const { url } = await receiver((response) => response.writeHead(500).end());
  const nextIn: number[] = [];
  for (const tries of [0, 1, 2, 8, 20]) {
    await add(anAlert(`a${tries}`, { to: webhook(`${url}/${tries}`), tries }));
    const from = Date.now();
    outbox({ waitMs: undefined }).begin();
    await expect.poll(async () => (await row(`a${tries}`)).tries, { interval: 10 }).toBe(tries + 1);
    nextIn.push(Math.floor(((await row(`a${tries}`)).nextAt as number - from) / 5_000) * 5);
  }
  expect(nextIn).toEqual([5, 10, 20, 1_280, 3_600]);
});

test("one that was sent and not noted is sent again under the same id by whoever comes next", async () => {
  const { add, outbox, over, row } = await bed();
  const { url, received } = await receiver((response) => response.end());
  await add(anAlert("a1", { to: webhook(url) }));
  // The process ends between the two.
  const first = outbox({ keep: () => Promise.reject(new Error("killed")) });
  first.begin();
  await expect.poll(() => first.idle && received.length).toBe(1);
  expect(await row("a1")).toMatchObject({ state: "pending", tries: 0 });
  outbox().begin();
  expect(await over("a1")).toMatchObject({ state: "sent", tries: 1 });
  expect(received.map(({ headers }) => headers["idempotency-key"])).toEqual(["a1", "a1"]);
});

test("a receiver that hangs holds up nobody else, nor the end of Millrace for more than a moment", async () => {
  const { add, outbox, over, row } = await bed();
  const hanging = await receiver(() => undefined);
  const { url, received } = await receiver((response) => response.end());
  await add(...["h1", "h2"].map((id) => anAlert(id, { to: webhook(hanging.url), nextAt: 1 })), anAlert("a1", { to: webhook(url), nextAt: 2 }));
  const box = outbox();
  box.begin();
  expect(await over("a1")).toMatchObject({ state: "sent" });
  expect(received).toHaveLength(1);
  // One after the other to the same receiver.
  expect(hanging.received).toHaveLength(1);
  const beganAt = performance.now();
  await box.close();
  expect(performance.now() - beganAt).toBeLessThan(8_000);
  for (const id of ["h1", "h2"]) expect(await row(id)).toMatchObject({ state: "pending", tries: 0 });
});

test("each kind goes its way; what cannot go for want of settings says so and waits", async () => {
  const { add, outbox, over, row } = await bed();
  await add(anAlert("c1", { to: { kind: "command", argv: ["true"] } }), anAlert("m1", { to: { kind: "email", address: "ada@example.com" } }));
  outbox({ waitMs: () => 3_600_000 }).begin();
  expect(await over("c1")).toMatchObject({ state: "sent" });
  await expect.poll(async () => (await row("m1")).tries).toBe(1);
  expect(await row("m1")).toMatchObject({ state: "pending", error: { code: "MR-ALERT-001", what: expect.stringContaining("MILLRACE_SMTP_URL is not set") } });
});
