import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sqliteState } from "../state/sqlite.ts";
import type { StateStore } from "../state/store.ts";
import { isReaderToken, openReaderTokens } from "./reader-tokens.ts";

let folder: string;
let state: StateStore;
let now = Date.parse("2026-01-01T00:00:00Z");
const warned: string[] = [];
const open = () => openReaderTokens(state, { warn: (_fields, text) => void warned.push(text) }, () => now);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "millrace-tokens-"));
  state = await sqliteState(join(folder, "state.db"));
});
afterEach(async () => {
  await state.close();
  rmSync(folder, { recursive: true });
});

test("a token is told once, and is known again by the next process, which holds nothing that it could be made of", async () => {
  const tokens = await open();
  const { secret, token } = await tokens.create({ name: "Power BI", audience: "finance-team" });
  expect(isReaderToken(secret)).toBe(true);
  expect(token).toEqual({ id: secret.slice(4, 16), name: "Power BI", audience: "finance-team", createdAt: "2026-01-01T00:00:00.000Z", expiresAt: null, revokedAt: null, lastUsedAt: null });
  expect(JSON.stringify(await state.list("reader-tokens"))).not.toContain(secret.slice(17));
  const again = await open();
  expect(again.check(secret)).toEqual({ token });
  await again.settled();
  expect((await open()).list()).toEqual([{ ...token, lastUsedAt: "2026-01-01T00:00:00.000Z" }]);
});

test("what is no token, another's secret, and a text that only begins like one are unknown", async () => {
  const tokens = await open();
  const [a, b] = [await tokens.create({ name: "a", audience: "x" }), await tokens.create({ name: "b", audience: "x" })];
  for (const text of ["", "mrt_", a.secret.slice(0, -1), `${a.secret}x`, ` ${a.secret}`, a.secret.slice(0, 17) + b.secret.slice(17), `mrt_${"0".repeat(12)}_${"A".repeat(43)}`, a.secret.toUpperCase()]) expect(tokens.check(text)).toEqual({ why: "unknown" });
});

test("a token that was revoked is over at once and for good, also where it was just used", async () => {
  const tokens = await open();
  const { secret, token } = await tokens.create({ name: "a", audience: "x" });
  tokens.check(secret);
  const revoked = await tokens.revoke(token.id);
  expect(revoked.revokedAt).toBe("2026-01-01T00:00:00.000Z");
  expect(tokens.check(secret)).toMatchObject({ why: "revoked" });
  expect(await tokens.revoke(token.id)).toEqual(revoked);
  await tokens.settled();
  expect((await open()).check(secret)).toMatchObject({ why: "revoked" });
  await expect(tokens.revoke("nobody")).rejects.toMatchObject({ code: "MR-GOVERN-001" });
});

test("a token that a use was being noted of when it was revoked stays revoked on disk", async () => {
  const tokens = await open();
  const { secret, token } = await tokens.create({ name: "a", audience: "x" });
  const revoking = tokens.revoke(token.id);
  tokens.check(secret);
  await revoking;
  await tokens.settled();
  expect((await open()).check(secret)).toMatchObject({ why: "revoked" });
});

test("a disk that refuses keeps no token from being revoked", async () => {
  const tokens = await open();
  const { secret, token } = await tokens.create({ name: "a", audience: "x" });
  await state.close();
  await expect(tokens.revoke(token.id)).rejects.toThrow();
  expect(tokens.check(secret)).toMatchObject({ why: "revoked" });
  state = await sqliteState(join(folder, "state.db"));
});

test("a token ends when its time is over", async () => {
  const tokens = await open();
  const { secret, token } = await tokens.create({ name: "a", audience: "x" }, 1_000);
  expect(token.expiresAt).toBe(new Date(now + 1_000).toISOString());
  now += 999;
  expect(tokens.check(secret)).toHaveProperty("token.id", token.id);
  now += 1;
  expect(tokens.check(secret)).toMatchObject({ why: "expired" });
});

test("its use is noted to the minute", async () => {
  const tokens = await open();
  const { secret } = await tokens.create({ name: "a", audience: "x" });
  const used = () => tokens.list()[0].lastUsedAt;
  tokens.check(secret);
  const first = used();
  now += 59_000;
  tokens.check(secret);
  expect(used()).toBe(first);
  now += 1_000;
  tokens.check(secret);
  expect(used()).toBe(new Date(now).toISOString());
});

test("what another process makes and revokes is taken up, and what is revoked here stays so", async () => {
  const [here, there] = [await open(), await open()];
  const made = await there.create({ name: "a", audience: "x" });
  const own = await here.create({ name: "b", audience: "x" });
  expect(here.check(made.secret)).toEqual({ why: "unknown" });
  await here.refresh();
  expect(here.check(made.secret)).toMatchObject({ token: made.token });
  await there.refresh();
  await there.revoke(made.token.id);
  await here.revoke(own.token.id);
  await Promise.all([here.refresh(), there.refresh()]);
  expect([here, there].map((each) => [made, own].map(({ secret }) => each.check(secret)))).toMatchObject(Array(2).fill(Array(2).fill({ why: "revoked" })));
});
