/**
 * Sends a signal to a process, or with a negative number to a group. That it has ended by itself is no error.
 */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone, or was never ours.
  }
}
