import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A process as it stands now. */
export interface ProcessSample {
  pid: number;
  parent: number;
  /** User and system, since its start. */
  cpuSeconds: number;
  command: string;
}

/** Linux counts processor time in ticks; their number a second has been this on every platform that Node runs on. */
const ticksPerSecond = 100;

/** The processes that `root` has started, and those that they have started, without `root` itself. */
export function descendants(root: number): ProcessSample[] {
  const all = tableOf();
  const found = new Set([root]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  found.delete(root);
  return all.filter(({ pid }) => found.has(pid));
}

/** Processor time of everything that `root` has started and that still lives. */
export function cpuSecondsBelow(root: number): number {
  return descendants(root).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

/** Processor time of one process so far. @throws when it does not live */
export function cpuSecondsOf(pid: number): number {
  const found = tableOf().find((sample) => sample.pid === pid);
  if (!found) throw new Error(`process ${pid} has ended`);
  return found.cpuSeconds;
}

export interface ProcessMemory {
  /** All pages in memory, shared ones counted in each process that shares them. */
  residentBytes: number;
  /** With shared pages divided among those who share them; undefined where the system does not tell. */
  proportionalBytes?: number;
}

export function memoryOf(pid: number): ProcessMemory {
  if (process.platform !== "linux") return { residentBytes: Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) * 1024 };
  const lines = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(lines)?.[1] ?? 0) * 1024;
  return { residentBytes: bytes("Rss"), proportionalBytes: bytes("Pss") };
}

const tableOf = (): ProcessSample[] => (process.platform === "linux" ? fromProc() : fromPs());

function fromProc(): ProcessSample[] {
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? readProc(Number(name)) : []));
}

function readProc(pid: number): ProcessSample[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold spaces and parentheses itself: fields count from the last one.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const cpuSeconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return [{ pid, parent: Number(fields[1]), cpuSeconds, command }];
  } catch {
    return []; // It has ended since the folder was listed.
  }
}

function fromPs(): ProcessSample[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,time=,command="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [, pid, parent, time, command] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), cpuSeconds: secondsOf(time), command }];
  });
}

/** `[[dd-]hh:]mm:ss[.cc]`, as `ps` prints processor time. */
function secondsOf(time: string): number {
  const [clock, days] = time.split("-").toReversed();
  return clock.split(":").reduce((sum, part) => sum * 60 + Number(part), 0) + Number(days ?? 0) * 86_400;
}
