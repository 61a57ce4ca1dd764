import type { QueryRequest, QueryResult } from "./query-request.ts";
import { SqlRunner } from "./sql-runner.ts";

/** Runs one statement and leaves nothing behind; whoever runs many keeps a `SqlRunner`. Throws as `SqlRunner.run` does. */
export async function runQuery(request: QueryRequest): Promise<QueryResult> {
  const runner = new SqlRunner({ standbyMs: 0 });
  try {
    return await runner.run(request);
  } finally {
    await runner.close();
  }
}
