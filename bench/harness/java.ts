import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { delimiter } from "node:path";
import { promisify } from "node:util";
import { kafkaClassPath } from "../../scripts/engines/kafka.ts";

/** As Kafka's own scripts start its programs (`kafka-run-class.sh`). */
const options = ["-server", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20", "-XX:InitiatingHeapOccupancyPercent=35", "-XX:+ExplicitGCInvokesConcurrent"];

export interface JavaProgram {
  /** The class. */
  main: string;
  args: readonly string[];
  /** Most of the heap, as `-Xmx` takes it. */
  heap: string;
  /** A folder of classes beside Kafka's jars. */
  classes?: string;
}

/** Runs a program over Kafka's jars to its end, and gives what it has printed. */
export async function runJava(program: JavaProgram): Promise<string> {
  return (await promisify(execFile)("java", commandLine(program), { maxBuffer: 64 * 1024 * 1024 })).stdout;
}

export interface JavaProcess {
  pid: number;
  /** Rejects with what it has said when it ends before `kill`. */
  failed: Promise<never>;
  kill(): void;
}

/** Starts a program over Kafka's jars that runs until it is killed. */
export function startJava(program: JavaProgram): JavaProcess {
  const child = spawn("java", commandLine(program), { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (text: Buffer) => (said += said.length < 10_000 ? String(text) : ""));
  const failed = once(child, "close").then(() => Promise.reject(new Error(`${program.main} has ended: ${said}`)));
  failed.catch(() => undefined);
  return { pid: child.pid as number, failed, kill: () => void child.kill("SIGKILL") };
}

/** Compiles a file of Java against Kafka's jars. @throws when there is no `javac`, which a JDK brings, or it finds an error */
export async function compileJava(file: string, classes: string): Promise<void> {
  await promisify(execFile)("javac", ["-d", classes, "-cp", kafkaClassPath(), file]);
}

function commandLine({ main, args, heap, classes }: JavaProgram): string[] {
  const classPath = [...(classes === undefined ? [] : [classes]), kafkaClassPath()].join(delimiter);
  return [...options, `-Xmx${heap}`, "-cp", classPath, main, ...args];
}
