import { spawn } from "node:child_process";
import { once } from "node:events";

/** Seconds from starting Node with nothing to do until it can talk. */
export async function bareStartSeconds(): Promise<number> {
  const startMs = performance.now();
  const child = spawn(process.execPath, ["-e", "process.stdout.write('.')"], { stdio: ["ignore", "pipe", "ignore"] });
  await once(child.stdout, "data");
  const seconds = (performance.now() - startMs) / 1000;
  await once(child, "exit");
  return seconds;
}

/** Starts processes of Node that do nothing, hands their ids over, and ends them. */
export async function withBareProcesses<T>(count: number, look: (pids: number[]) => T): Promise<T> {
  const children = Array.from({ length: count }, () => spawn(process.execPath, ["-e", "process.stdout.write('.'); setInterval(() => undefined, 1e6)"], { stdio: ["ignore", "pipe", "ignore"] }));
  try {
    await Promise.all(children.map((child) => once(child.stdout, "data")));
    return look(children.map(({ pid }) => pid as number));
  } finally {
    await Promise.all(children.map((child) => (child.kill("SIGKILL"), once(child, "exit"))));
  }
}
