import type * as sqlite from "node:sqlite";

/**
 * SQLite as Node carries it. Node 22 announces at import that it is experimental; that line would stand on every
 * user's terminal, and says nothing they can act on.
 */
export async function loadSqlite(): Promise<typeof sqlite> {
  const emitWarning = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).includes("SQLite")) emitWarning.call(process, warning, ...rest);
  }) as typeof process.emitWarning;
  try {
    return await import("node:sqlite");
  } finally {
    process.emitWarning = emitWarning;
  }
}
