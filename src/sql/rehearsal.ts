import { join } from "node:path";
import { duplexPair } from "node:stream";
import type { SchemaField } from "../lake/iceberg-type.ts";
import { parquetCopySql } from "../lake/parquet-copy.ts";
import { MessageChannel } from "./message-channel.ts";
import type { FromChild, ToChild } from "./messages.ts";
import type { QueryValue } from "./query-request.ts";
import type { QueryEngine } from "./query-engine.ts";
import { QuerySession } from "./query-session.ts";

const fields: SchemaField[] = [
  { id: 1, name: "v", required: false, type: "long" },
  { id: 2, name: "s", required: false, type: "string" },
  { id: 3, name: "t", required: false, type: "timestamptz" },
];
const sql = "select s, count(*) as n, sum(v) as total, max(t) as last from main.rehearsal where v >= 0 group by s order by n desc, s limit 3";
const limits = { timeoutMs: 60_000, memoryBytes: 256 * 1024 * 1024, spillBytesMax: 1024 * 1024, rowsMax: 10, resultBytesMax: 1024 * 1024 };

/**
 * Runs a statement of our own from its text to its last row, over a small file, before somebody waits: what is loaded and
 * compiled when it is first used, of the engine and of our own code, is there then. The engine is locked by it, for good.
 *
 * @param folder - of the process; what is written there is the caller's to remove
 * @returns the rows of the statement
 */
export async function rehearse(engine: QueryEngine, folder: string): Promise<QueryValue[][]> {
  const path = join(folder, "rehearsal.parquet");
  await engine.connection.run(parquetCopySql("select i as v, (i % 7)::varchar as s, now() as t from range(2048) as r(i)", path, fields));
  const [ours, theirs] = duplexPair();
  const session = new QuerySession(engine, new MessageChannel<ToChild, FromChild>(ours), { type: "query", sql, limits, lineage: true }, folder, () => undefined);
  const [rows] = await Promise.all([askedFor(new MessageChannel<FromChild, ToChild>(theirs), path), session.run()]);
  theirs.end();
  return rows;
}

/** What the parent says and hears. */
async function askedFor(parent: MessageChannel<FromChild, ToChild>, path: string): Promise<QueryValue[][]> {
  const rows: QueryValue[][] = [];
  for (;;) {
    const { message } = (await parent.receive()) ?? { message: { type: "end" as const } };
    if (message.type === "end" || message.type === "error") return rows;
    if (message.type === "rows") rows.push(...message.rows);
    if (message.type !== "references") continue;
    const columns = fields.map(({ id, name, type }) => ({ name, type, fieldId: id }));
    await parent.send({ type: "sources", sources: [{ kind: "table", reference: 0, dataset: "main.rehearsal", columns, files: [{ path }] }] });
    await parent.send({ type: "sourcesEnd" });
  }
}
