import type { ChildProcess } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";

const betweenMs = 50;

/**
 * Waits until a server that was started answers.
 *
 * @param name - of the server, for the error
 * @param ask - resolves once it does
 * @throws Error when the server has ended, or is silent for `timeoutMs`
 */
export async function answering(server: ChildProcess, name: string, ask: () => Promise<unknown>, timeoutMs = 30_000): Promise<void> {
  for (const end = performance.now() + timeoutMs; ; await wait(betweenMs)) {
    const failed = await ask().then(() => undefined, (error: Error) => error);
    if (failed === undefined) return;
    if (server.exitCode !== null || server.signalCode !== null) throw new Error(`${name} has ended by ${server.signalCode ?? `exit code ${server.exitCode}`}`);
    if (performance.now() > end) throw new Error(`${name} does not answer: ${failed.message}`);
  }
}
