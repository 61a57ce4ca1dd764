import { entrySchema } from "./entries.ts";
import { runSchema } from "./run-schema.ts";
import { type Schema, upgrade } from "./schema.ts";
import { one, run, type Work } from "./work.ts";

/** What shards and those who hold them say to one another. */
const shardSchema: Schema = {
  part: "shards",
  steps: [
    `
  create table layout (one integer primary key check (one = 1), shards integer not null);
  create table plane (holder text primary key, until integer not null);
  create table message (seq integer primary key, shard integer not null, body text not null, request text);
  create index message_by_shard on message (shard, seq);
  create table answer (request text primary key, body text not null, at timestamptz not null default clock_timestamp());
  create table share (shard integer not null, key text not null, state text not null, primary key (shard, key));
  `,
  ],
};

/** All tables of a store that has shards. @param shards - how many, where it is made only now */
export function* createShards(shards: number): Work<void> {
  for (const schema of [entrySchema, runSchema, shardSchema]) yield* upgrade(schema);
  if (yield* one("select one from layout")) return;
  yield* run("insert into layout (one, shards) values (1, ?)", shards);
  for (let shard = 0; shard < shards; shard++) yield* run("insert into shard (shard, fence) values (?, 0) on conflict do nothing", shard);
}

/** How many shards there are. */
export function* shardCount(): Work<number> {
  return (yield* one<{ shards: number }>("select shards from layout"))!.shards;
}
