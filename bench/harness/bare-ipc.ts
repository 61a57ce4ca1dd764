import { fork } from "node:child_process";
import { once } from "node:events";

const echo = 'process.on("message", (message) => process.send(message))';

/** Seconds of each of some messages to a process that does nothing but answer, each sent when the one before has come back. */
export async function bareRoundTrips(trips: number): Promise<number[]> {
  const child = fork("", [], { execArgv: ["-e", echo], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const message = { type: "run", work: { text: "x".repeat(500) } };
  const trip = async (): Promise<number> => {
    const startMs = performance.now();
    child.send(message);
    await once(child, "message");
    return (performance.now() - startMs) / 1000;
  };
  await trip(); // It has started.
  const seconds: number[] = [];
  for (let n = 0; n < trips; n++) seconds.push(await trip());
  child.kill("SIGKILL");
  await once(child, "exit");
  return seconds;
}
