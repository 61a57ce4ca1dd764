import { join } from "node:path";
import { loadSqlite } from "../../src/state/node-sqlite.ts";

/** Seconds of each of some commits, one after another, each of one small row and on disk before the next begins: SQLite with nothing around it. */
export async function bareCommits(folder: string, commits: number): Promise<number[]> {
  const { DatabaseSync } = await loadSqlite();
  const database = new DatabaseSync(join(folder, "bare.db"));
  database.exec("pragma journal_mode = wal; pragma synchronous = full; create table if not exists note (n integer primary key, text text not null)");
  const insert = database.prepare("insert into note (text) values (?)");
  const seconds = Array.from({ length: commits }, () => {
    const startMs = performance.now();
    insert.run("x".repeat(100));
    return (performance.now() - startMs) / 1000;
  });
  database.close();
  return seconds;
}
