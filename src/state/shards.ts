import type { Json } from "../model/manifest.ts";
import type { RunStore } from "./run-store.ts";

/*
 * A state store whose DAGs are divided among several control planes. Each DAG belongs to a shard, each shard to one plane at
 * a time, and no plane leads: leases by the store's clock say whose a shard is, and its epoch lets nobody else write. What
 * concerns two shards goes from one to the other as a message, in the commits of both.
 */

/** The right to a key, as long as nobody else claims it. */
export interface Claim {
  key: string;
  /** Grows with each claim of the key. What writes in its name shows it. */
  epoch: number;
}

/** How things stand, by the store's clock. */
export interface Standing {
  /** Those that have spoken within the lease, the asker among them. In the order of the UTF-8 bytes of `holder`. */
  planes: { holder: string; silentMs: number }[];
  /** Keys that somebody holds and has not let run out, those of the asker among them. */
  held: (Claim & { holder: string })[];
}

/**
 * Leases on keys. A key is there as soon as somebody claims it. Every call may be refused with `MR-STATE-001`; then nothing
 * was written, and it may be made again.
 */
export interface Claims {
  /** For how long a holder that says nothing keeps its keys, in milliseconds of the store's clock. */
  readonly leaseMs: number;
  /** The holder lives: all that it holds is its own for another lease, what has run out and nobody has claimed since, too. */
  beat(holder: string): Promise<Standing>;
  /**
   * Claims of the keys given those that nobody holds, or whose lease has run out, `most` at the most, with a whole lease. Of
   * several that claim a key at once one gets it, and the others do not wait: they get others, or none.
   */
  claim(holder: string, keys: readonly string[], most: number): Promise<Claim[]>;
  /** Lets others claim it at once. Giving back what is another's by now is no error, and changes nothing. */
  giveBack(claim: Claim): Promise<void>;
  /** Gives back all that the holder has, and forgets it. */
  leave(holder: string): Promise<void>;
}

/** A message to a shard. It is stored in the commit of its sender, and gone with a commit of its receiver. */
export interface Message {
  /** Of those from one sender, the one sent first has the lowest, and is seen first. */
  id: number;
  body: Json;
  /** Of one that somebody waits for: what its answer is given under. */
  request?: string;
}

export interface Answer {
  request: string;
  body: Json;
}

/** How many slots of something that shards share a shard may use, or who has how many: what it is, is the scheduler's matter. */
export interface ShareRow {
  /** Unique in the shard. */
  key: string;
  state: Json;
}

/** What a commit of a shard writes beside its rows. */
export interface ShardChanges {
  sent: { to: number; body: Json }[];
  /** Ids of messages that the shard has taken: they are gone with this commit. One that is not there is no error. */
  taken: number[];
  answers: Answer[];
  /** Those with `null` are removed. */
  shares: ShareRow[];
}

export interface Mail {
  /** Messages to a shard that no commit has taken, by id. */
  messages(shard: number, limit: number): Promise<Message[]>;
  /**
   * Sends a message from outside of every shard, and waits for its answer, which whoever holds the shard gives in the commit
   * that takes the message: what was asked is done once, though holders come and go meanwhile.
   *
   * @param signal - when it is aborted nobody waits any more: what was asked may be done all the same
   * @throws the signal's reason when it is aborted
   */
  ask(shard: number, body: Json, signal: AbortSignal): Promise<Json>;
  /** Calls for each shard that may have mail, now and then for nothing. @returns what ends it */
  onMail(listener: (shard: number) => void): () => void;
}

/** What may be read of runs without holding a shard, and what keeps their history in bounds: over all shards. */
export type RunHistory = Omit<RunStore, "take" | "stale" | "commit">;

export interface ShardedRuns {
  /** 1 or more; the same for as long as the store is there. */
  readonly shards: number;
  readonly claims: Claims;
  /** Absent: there is one shard, and who holds it is alone. */
  readonly mail?: Mail;
  /** Over all shards. Its own `close` does nothing: it ends with the store. */
  readonly history: RunHistory;
  /**
   * The rows of one shard, with all that they share with others: every pool is read by each of them.
   * Its `take` raises the epoch of the claim, and is refused with `MR-STATE-002` like a commit when the key was claimed anew.
   *
   * @param claim - of `shardKey(shard)`
   */
  open(shard: number, claim: Claim): Promise<RunStore>;
  close(): Promise<void>;
}

export const shardKey = (shard: number): string => `shard ${shard}`;

/** The shard of a DAG, or of whatever else has a name: the same in every release of Millrace (FNV-1a over UTF-8). */
export function shardOf(name: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % shards;
}
