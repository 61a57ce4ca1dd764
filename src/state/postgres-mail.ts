import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { storeAway } from "./postgres-error.ts";
import type { Json } from "../model/manifest.ts";
import type { PgConnection } from "./load-pg.ts";
import type { PostgresDatabase } from "./postgres-database.ts";
import { answerTo, channelOf, forgetAnswer, messagesTo, type News, send, shardsWithMail } from "./shard-mail.ts";
import type { Mail, Message } from "./shards.ts";

/** How often it is looked for what no notification has told: one may be lost with its connection. */
const lookMs = 1_000;
const reconnectMs = 250;

/** Mail in tables; a connection listens for what is new in them. */
export class PostgresMail implements Mail {
  readonly #database: PostgresDatabase;
  readonly #listeners = new Set<(shard: number) => void>();
  /** Those that wait for an answer. */
  readonly #asking = new Map<string, () => void>();
  readonly #closing = new AbortController();
  #listening: Promise<void> | undefined;

  constructor(database: PostgresDatabase) {
    this.#database = database;
  }

  messages(shard: number, limit: number): Promise<Message[]> {
    return this.#database.read("the mail", () => messagesTo(shard, limit));
  }

  onMail(listener: (shard: number) => void): () => void {
    this.#listeners.add(listener);
    this.#listening ??= this.#listen();
    return () => this.#listeners.delete(listener);
  }

  async ask(shard: number, body: Json, signal: AbortSignal): Promise<Json> {
    const ending = AbortSignal.any([signal, this.#closing.signal]);
    ending.throwIfAborted();
    const request = randomUUID();
    this.#listening ??= this.#listen();
    let news = Promise.withResolvers<void>();
    this.#asking.set(request, () => news.resolve());
    const end = (): void => news.resolve();
    ending.addEventListener("abort", end);
    try {
      await this.#database.write("the mail", [], () => send(shard, body, request));
      for (;;) {
        await news.promise;
        news = Promise.withResolvers<void>();
        ending.throwIfAborted();
        // What cannot be read now is looked for again.
        const answer = await this.#database.read("the mail", () => answerTo(request)).catch(() => undefined);
        if (answer) return answer.body;
      }
    } finally {
      ending.removeEventListener("abort", end);
      this.#asking.delete(request);
      // One that stays is forgotten with time.
      this.#database.write("the mail", [], () => forgetAnswer(request)).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(storeAway("it has been closed", "the mail", "ask again when Millrace has started"));
    await this.#listening;
  }

  /** Until it is closed, over one connection after the other. */
  async #listen(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      const connection = await this.#database.connect().catch(() => undefined);
      if (connection) await this.#hear(connection).catch(() => undefined);
      connection?.connection.stream.destroy();
      await wait(reconnectMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #hear(connection: PgConnection): Promise<void> {
    const gone = new AbortController();
    connection.on("error", () => gone.abort());
    connection.on("notification", ({ payload }) => this.#tell(JSON.parse(payload ?? "{}") as News));
    await connection.query(`listen "${channelOf(this.#database.address.schema)}"`);
    for (const signal = AbortSignal.any([this.#closing.signal, gone.signal]); !signal.aborted; ) {
      for (const shard of await this.#database.answered(connection, shardsWithMail())) this.#tell({ shard });
      for (const look of this.#asking.values()) look();
      await wait(lookMs, undefined, { signal }).catch(() => undefined);
    }
  }

  #tell(news: News): void {
    if ("request" in news) this.#asking.get(news.request)?.();
    else for (const listener of this.#listeners) listener(news.shard);
  }
}
