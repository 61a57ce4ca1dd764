import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signalProcess } from "./signal-process.ts";

/** A control group that bounds how many processes a command may have, whoever runs it and however they detach. */
export interface PidsCgroup {
  folder: string;
  members(): number[];
  /** The command has tried to have more than it may. */
  exceeded(): boolean;
  remove(): void;
}

/** Undefined where we may make none: without rights over the group that we are in, as is usual. */
export function pidsCgroup(name: string, processesMax: number): PidsCgroup | undefined {
  const parent = (parentFolder ??= ownFolder() ?? "");
  if (parent === "") return undefined;
  const folder = join(parent, name);
  try {
    mkdirSync(folder);
  } catch {
    return undefined;
  }
  try {
    writeFileSync(join(folder, "pids.max"), String(processesMax));
    return { folder, members: () => members(folder), exceeded: () => exceeded(folder), remove: () => remove(folder) };
  } catch {
    // Of version 2, in a group that does not hand the right to count processes on.
    remove(folder);
    parentFolder = "";
    return undefined;
  }
}

/** Ends and removes what groups a control plane which died has left behind. */
export function sweepCgroups(prefix: string): void {
  const parent = (parentFolder ??= ownFolder() ?? "");
  if (parent === "") return;
  for (const name of readdirSync(parent).filter((each) => each.startsWith(prefix))) {
    for (const pid of members(join(parent, name))) signalProcess(pid, "SIGKILL");
    remove(join(parent, name));
  }
}

let parentFolder: string | undefined;

function ownFolder(): string | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const lines = readFileSync("/proc/self/cgroup", "utf8").trim().split("\n").map((line) => line.split(":"));
    const first = lines.find(([, controllers]) => controllers.split(",").includes("pids"));
    const second = lines.find(([number, controllers]) => number === "0" && controllers === "");
    const folder = first ? join("/sys/fs/cgroup/pids", first[2]) : second ? join("/sys/fs/cgroup", second[2]) : undefined;
    return folder && existsSync(join(folder, "cgroup.procs")) ? folder : undefined;
  } catch {
    return undefined;
  }
}

function members(folder: string): number[] {
  try {
    return readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter((line) => line !== "").map(Number);
  } catch {
    return [];
  }
}

function exceeded(folder: string): boolean {
  try {
    return Number(/^max (\d+)/m.exec(readFileSync(join(folder, "pids.events"), "utf8"))?.[1] ?? 0) > 0;
  } catch {
    return false;
  }
}

/** A process that was killed is still in its group until the system has cleared it away. */
function remove(folder: string, triesLeft = 50): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EBUSY" && triesLeft > 0) setTimeout(() => remove(folder, triesLeft - 1), 100).unref();
  }
}
