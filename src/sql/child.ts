import { Socket } from "node:net";
import { readdirSync, rmSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { join } from "node:path";
import { asMillraceError } from "../errors.ts";
import { MessageChannel } from "./message-channel.ts";
import type { FromChild, ToChild } from "./messages.ts";
import { QueryEngine } from "./query-engine.ts";
import { QuerySession, spillFolder } from "./query-session.ts";
import { rehearse } from "./rehearsal.ts";

/*
 * The process that runs statements, one after the other, most run one and end. It is started by
 * `sql-process.ts`, speaks over file descriptor 3, and may wait there with the engine loaded before a statement comes.
 */

const channel = new MessageChannel<ToChild, FromChild>(new Socket({ fd: 3, readable: true, writable: true }));
/** Made for this process alone, and given to it when it was started. */
const folder = process.argv[2];
const engine = await QueryEngine.open();
// What keeps the rehearsal from its end will be told to whoever asks.
await rehearse(engine, folder).catch(() => undefined);
// Written at an orderly end, which is not how this process ends. Only where a place for it is given.
flushCompileCache();
do {
  await engine.next();
  emptyFolder();
  await channel.send({ type: "ready" });
} while (await answered(await channel.receive()));
leave();

/** What an engine that stays has written there it removes itself. */
function emptyFolder(): void {
  for (const name of readdirSync(folder)) if (!(engine.isShared && name === spillFolder)) rmSync(join(folder, name), { recursive: true, force: true });
}

/** @returns whether another statement is to come */
async function answered(received: { message: ToChild } | undefined): Promise<boolean> {
  return received?.message.type === "query" && (await answer(received.message))?.type === "again";
}

/** @returns what the parent says next */
async function answer(query: Extract<ToChild, { type: "query" }>): Promise<ToChild | undefined> {
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
