import { createHash } from "node:crypto";
import type { Json } from "../model/manifest.ts";
import { jsonText } from "./row-table.ts";
import type { Answer, Message, ShardChanges, ShareRow } from "./shards.ts";
import { all, one, run, type Work } from "./work.ts";

/* Messages, answers and shares in their tables. Who listens is told of them when they are committed. */

/** What listeners are told: that a shard may have mail, or that a request may have its answer. */
export type News = { shard: number } | { request: string };

/** What listeners of a schema listen to. Names of channels are shorter than names of schemas may be. */
export const channelOf = (schema: string): string => `millrace_${createHash("md5").update(schema).digest("hex")}`;

/** What a shard has of what shards share. */
export function* sharesOf(shard: number): Work<ShareRow[]> {
  const found = yield* all<{ key: string; state: string }>("select key, state from share where shard = ? order by key", shard);
  return found.map(({ key, state }) => ({ key, state: JSON.parse(state) }));
}

/** Those to a shard, the first first. */
export function* messagesTo(shard: number, limit: number): Work<Message[]> {
  const found = yield* all<{ seq: number; body: string; request: string | null }>("select seq, body, request from message where shard = ? order by seq limit ?", shard, limit);
  return found.map(({ seq, body, request }) => ({ id: seq, body: JSON.parse(body), ...(request !== null && { request }) }));
}

export function* shardsWithMail(): Work<number[]> {
  return (yield* all<{ shard: number }>("select distinct shard from message")).map(({ shard }) => shard);
}

/** @param request - what its answer is given under; null for one that needs none */
export function* send(to: number, body: Json, request: string | null): Work<void> {
  yield* run("insert into message (shard, body, request) values (?, ?, ?)", to, jsonText(body, "a message"), request);
  yield* tell({ shard: to });
}

export function* answerTo(request: string): Work<{ body: Json } | undefined> {
  const found = yield* one<{ body: string }>("select body from answer where request = ?", request);
  return found && { body: JSON.parse(found.body) };
}

export function* forgetAnswer(request: string): Work<void> {
  yield* run("delete from answer where request = ?", request);
}

/** Nobody waits for an answer so long. */
export function* forgetOldAnswers(): Work<void> {
  yield* run("delete from answer where at < now() - interval '1 hour'");
}

/** What a commit of a shard sends, has taken, answers and shares: works that may be done side by side. */
export function commitMail({ sent, taken, answers, shares }: ShardChanges, shard: number): Work<void>[] {
  return [...sent.map(({ to, body }) => send(to, body, null)), ...taken.map((id) => take(id, shard)), ...answers.map(answer), ...shares.map((row) => putShare(row, shard))];
}

function* take(id: number, shard: number): Work<void> {
  yield* run("delete from message where seq = ? and shard = ?", id, shard);
}

function* answer({ request, body }: Answer): Work<void> {
  yield* run("insert into answer (request, body) values (?, ?) on conflict do nothing", request, jsonText(body, "an answer"));
  yield* tell({ request });
}

function* putShare({ key, state }: ShareRow, shard: number): Work<void> {
  if (state === null) yield* run("delete from share where shard = ? and key = ?", shard, key);
  else yield* run("insert into share (shard, key, state) values (?, ?, ?) on conflict (shard, key) do update set state = excluded.state", shard, key, jsonText(state, "a share"));
}

/** Comes to listeners with the commit. Said twice in one, it comes once. */
function* tell(news: News): Work<void> {
  yield* all("select pg_notify('millrace_' || md5(current_schema()), ?)", JSON.stringify(news));
}
