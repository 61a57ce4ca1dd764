import { jsonText } from "./row-table.ts";
import type { ShardChanges, ShareRow } from "./shards.ts";
import { all, run, type Work } from "./work.ts";

/** What a shard has of what shards share. */
export function* sharesOf(shard: number): Work<ShareRow[]> {
  const found = yield* all<{ key: string; state: string }>("select key, state from share where shard = ? order by key", shard);
  return found.map(({ key, state }) => ({ key, state: JSON.parse(state) }));
}

/** What a commit of a shard sends, has taken, answers and shares. */
export function* commitMail({ sent, taken, answers, shares }: ShardChanges, shard: number): Work<void> {
  for (const { to, body } of sent) yield* run("insert into message (shard, body) values (?, ?)", to, jsonText(body, "a message"));
  for (const id of taken) yield* run("delete from message where id = ? and shard = ?", id, shard);
  for (const { request, body } of answers) yield* run("insert into answer (request, body) values (?, ?) on conflict do nothing", request, jsonText(body, "an answer"));
  for (const { key, state } of shares) {
    if (state === null) yield* run("delete from share where shard = ? and key = ?", shard, key);
    else yield* run("insert into share (shard, key, state) values (?, ?, ?) on conflict (shard, key) do update set state = excluded.state", shard, key, jsonText(state, "a share"));
  }
}
