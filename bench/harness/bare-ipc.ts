import { fork } from "node:child_process";
import { once } from "node:events";

const echo = 'process.on("message", (message) => process.send(message))';

/** Seconds of messages to a process that does nothing but answer, each sent when the one before has come back. */
export async function bareRoundTripSeconds(trips: number): Promise<number> {
  const child = fork("", [], { execArgv: ["-e", echo], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const message = { type: "run", work: { text: "x".repeat(500) } };
  const trip = async (): Promise<void> => {
    child.send(message);
    await once(child, "message");
  };
  await trip(); // It has started.
  const startMs = performance.now();
  for (let n = 0; n < trips; n++) await trip();
  const seconds = (performance.now() - startMs) / 1000;
  child.kill("SIGKILL");
  await once(child, "exit");
  return seconds;
}
