import { folderFiles } from "../../files/folder.ts";
import { resultsFolder } from "../data-folder.ts";
import { pinnedFolder } from "../pinned-folder.ts";
import { WorkerAttempts } from "./worker-attempts.ts";
import { captureOutput } from "./capture-output.ts";
import { Heartbeat } from "./heartbeat.ts";
import { CodeLoader } from "./load-code.ts";
import { Outbox } from "./outbox.ts";
import { ResultStore } from "./result-store.ts";
import type { FromWorker, ToWorker, WorkerSettings } from "./task-protocol.ts";

/*
 * A warm process that runs attempts of one release's tasks, several at once. It is told over IPC what to run, and ends at
 * once when the control plane is gone: what that has not recorded was never there.
 */

const heartbeat = new Heartbeat();
const outbox = new Outbox<FromWorker>((messages) => {
  if (process.connected) process.send?.(messages, () => undefined);
});
let attempts: WorkerAttempts | undefined;

function start({ codeFolder, kept, dataFolder }: WorkerSettings): void {
  const results = new ResultStore(folderFiles(resultsFolder(dataFolder)));
  const code = new CodeLoader(() => pinnedFolder(codeFolder, kept, dataFolder), (module, type) => outbox.now({ type, module }));
  attempts = new WorkerAttempts({ codeFolder, dataFolder, code, results, tell: (message) => outbox.add(message), onChange: (count) => heartbeat.working(count) });
  captureOutput(() => attempts?.logAtHand());
  attempts.guard();
  outbox.now({ type: "ready" });
  heartbeat.start();
}

process.on("message", (messages: ToWorker[]) => {
  for (const message of messages) {
    if (message.type === "start") start(message.settings);
    else if (message.type === "run") attempts?.run(message.work);
    else attempts?.stop(message.attempt, message.why);
  }
});
// Whoever stops the whole system asks each process at once; the control plane says what is to be ended, and when.
process.on("SIGTERM", () => outbox.now({ type: "leaving" }));
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
