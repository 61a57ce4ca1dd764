import { spawnSync } from "node:child_process";

let parentGuard: boolean | undefined;

/**
 * How to start a program so that the system itself kills it when this process is gone. A process notices a closed channel,
 * but not while the user's code keeps it busy. Where the system has no such tool, noticing must do.
 */
export function diesWithParent(command: string[]): string[] {
  parentGuard ??= process.platform === "linux" && spawnSync("setpriv", ["--pdeathsig", "KILL", "true"], { stdio: "ignore" }).status === 0;
  return parentGuard ? ["setpriv", "--pdeathsig", "KILL", ...command] : command;
}

/** The same for `fork`. */
export function forkDiesWithParent(execArgv: string[]): { execPath: string; execArgv: string[] } {
  const [execPath, ...rest] = diesWithParent([process.execPath, ...execArgv]);
  return { execPath, execArgv: rest };
}
