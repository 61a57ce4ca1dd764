import type { RunRow } from "../../state/run-store.ts";
import type { AlertMessage } from "./alert-message.ts";
import type { AlertSender } from "./alert-sender.ts";

export interface DagStarter {
  run(id: string): Promise<RunRow | undefined>;
  /** @throws MillraceError `MR-SCHED-001`, `MR-SCHED-008` */
  start(dag: string, id: string, alert: AlertMessage): Promise<unknown>;
}

/** Starts a run of a DAG with the alert as its parameter, once for each alert, however often it is sent. */
export function dagSender({ run, start }: DagStarter): AlertSender<"dag"> {
  return async (message, { dag }) => {
    const id = `${dag}.alert.${message.id}`;
    if (!(await run(id))) await start(dag, id, message);
  };
}
