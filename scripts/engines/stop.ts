import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";

/** Ends a server, waits until it has ended, and removes its folder. */
export async function stop(server: ChildProcess, folder: string, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) {
    const ended = once(server, "exit");
    server.kill(signal);
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}
