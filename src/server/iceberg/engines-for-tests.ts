import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a program in Python that prints one line of JSON as its last. @returns what that line says */
export async function runPython(python: string, program: string, args: string[], env: Record<string, string> = {}): Promise<any> {
  const path = new URL(`engines/${program}`, import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(python, ["-W", "ignore", path, ...args], { env: { ...process.env, ...env }, maxBuffer: 1 << 24 });
  return JSON.parse(stdout.trim().split("\n").at(-1) as string);
}
