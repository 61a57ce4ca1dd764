import { useState } from "react";
import { client } from "../../api/client.ts";
import { tell } from "../../design/notices.ts";
import { endedQuery, type QueryView } from "./ended-query.ts";

/** Longest time of a statement; who needs more sends it to the interface of programs. */
const timeout = "1h";

/** Sends statements one after the other, and stops at the first that fails. @param onStarted - called with the ids so far, as each begins */
export function useRuns(onStarted: (ids: string[]) => void): { running: boolean; run(statements: string[]): Promise<void> } {
  const [running, setRunning] = useState(false);
  const run = async (statements: string[]): Promise<void> => {
    setRunning(true);
    try {
      const ids: string[] = [];
      for (const sql of statements) {
        const { data } = await client.POST("/api/v1/queries", { body: { sql, timeout, wait: 0, by: "web" } });
        const { id } = data as QueryView;
        onStarted([...ids, id]);
        ids.push(id);
        if (statements.length > 1 && (await endedQuery(id)).state !== "succeeded") break;
      }
    } catch (error) {
      tell("The statement was not run.", error);
    } finally {
      setRunning(false);
    }
  };
  return { running, run };
}
