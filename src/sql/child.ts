import { Socket } from "node:net";
import { readdirSync, rmSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { join } from "node:path";
import * as api from "@duckdb/node-api";
import bindings from "@duckdb/node-bindings";
import { asMillraceError } from "../errors.ts";
import { MessageChannel } from "./message-channel.ts";
import type { FromChild, ToChild } from "./messages.ts";
import { QuerySession } from "./query-session.ts";
import { rehearse } from "./rehearsal.ts";
import type { Engine } from "./source-opener.ts";

/*
 * The process that runs statements, one after the other, each in an engine of its own; most run one and end. It is started by
 * `sql-process.ts`, speaks over file descriptor 3, and may wait there with the engine loaded before a statement comes.
 */

const threads = 2;

/** As it is before a statement is known: no extensions, no automatic downloads, nothing of the user's. */
async function openEngine(): Promise<Engine & { close(): void }> {
  const instance = await api.DuckDBInstance.create(":memory:", {
    threads: String(threads),
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    allow_community_extensions: "false",
    allow_unsigned_extensions: "false",
    errors_as_json: "true",
  });
  const connection = await instance.connect();
  // A file is looked into when its view is made, when the statement is planned and when it runs: its footer is kept between.
  await connection.run("set parquet_metadata_cache = true; set TimeZone = 'UTC'; set enable_progress_bar = true; set enable_progress_bar_print = false; attach ':memory:' as topics");
  return { api, bindings, connection, close: () => (connection.closeSync(), instance.closeSync()) };
}

const channel = new MessageChannel<ToChild, FromChild>(new Socket({ fd: 3, readable: true, writable: true }));
/** Made for this process alone, and given to it when it was started. */
const folder = process.argv[2];
await rehearsed();
// Written at an orderly end, which is not how this process ends. Only where a place for it is given.
flushCompileCache();
for (let more = true; more; ) {
  const engine = await openEngine();
  await channel.send({ type: "ready" });
  const received = await channel.receive();
  more = received?.message.type === "query" && (await answer(engine, received.message))?.type === "again";
  engine.close();
  emptyFolder();
}
leave();

/** What keeps the rehearsal from its end will be told to whoever asks. */
async function rehearsed(): Promise<void> {
  const engine = await openEngine();
  await rehearse(engine, folder).catch(() => undefined);
  engine.close();
  emptyFolder();
}

function emptyFolder(): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** @returns what the parent says next */
async function answer(engine: Engine, query: Extract<ToChild, { type: "query" }>): Promise<ToChild | undefined> {
  const session = new QuerySession(engine, channel, query, folder, leave);
  try {
    await session.run();
  } catch (error) {
    await channel.send({ type: "error", error: asMillraceError(error, "the SQL process").toJSON() });
  }
  return session.next;
}

/** The parent closes its end when it has read everything. One that was killed does not remove the folder. */
function leave(): void {
  rmSync(folder, { recursive: true, force: true });
  // An orderly exit would first wait for the statement, which runs on a thread of the engine.
  process.kill(process.pid, "SIGKILL");
}
