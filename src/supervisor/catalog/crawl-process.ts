import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import type { PreparedCrawl } from "../../catalog/crawl/crawl.ts";
import { MillraceError } from "../../errors.ts";
import { MessageChannel } from "../../sql/message-channel.ts";
import { diesWithParent } from "../parent-guard.ts";
import type { CrawlOrder, CrawlReply } from "./crawl-messages.ts";

const inSource = import.meta.url.endsWith(".ts");
const mainModule = fileURLToPath(new URL(inSource ? "./crawl-main.ts" : "./crawl-main.js", import.meta.url));
const stderrCharsMax = 4_096;

/**
 * Lets a process of its own crawl, so that neither thousands of files nor a strange one hold anybody else up.
 *
 * @throws MillraceError what the crawl ended with; `MR-CRAWL-003` when its process did
 */
export async function crawlInProcess(order: CrawlOrder, signal: AbortSignal, onProgress: (progress: { files: number; read: number }) => void): Promise<PreparedCrawl> {
  signal.throwIfAborted();
  const [command, ...args] = diesWithParent([process.execPath, "--disable-warning=ExperimentalWarning", mainModule]);
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe", "pipe"], windowsHide: true });
  const exited = once(child, "exit").catch(() => undefined);
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr = (stderr + text).slice(-stderrCharsMax)));
  const channel = new MessageChannel<CrawlReply, CrawlOrder>(child.stdio[3] as Duplex);
  const kill = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  try {
    await channel.send(order);
    for (;;) {
      const received = await channel.receive().catch(() => undefined);
      signal.throwIfAborted();
      if (!received) await exited;
      if (!received) throw died(order.at, child.signalCode ?? `exit code ${child.exitCode}`, stderr);
      const { message } = received;
      if (message.type === "progress") onProgress(message);
      else if (message.type === "done") return message.prepared;
      else throw MillraceError.fromJSON(message.error);
    }
  } finally {
    signal.removeEventListener("abort", kill);
    kill();
    await exited;
  }
}

function died(folder: string, how: string, stderr: string): MillraceError {
  const last = stderr.trim().split("\n").at(-1);
  return new MillraceError("MR-CRAWL-003", { what: `the process of the crawl ended by ${how}${last ? `: ${last}` : ""}`, where: folder, mend: "look whether the system ran out of memory, then crawl again; the catalog is as it was", retryable: true });
}
