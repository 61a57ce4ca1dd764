import { readdirSync, readFileSync, statSync } from "node:fs";

interface ProcessEntry {
  pid: number;
  parent: number;
  group: number;
  session: number;
  threads: number;
  /** Clock ticks since the machine started. */
  startedAt: number;
}

/**
 * Which processes belong to a command, on Linux: those of its session and group, their descendants, and those that carry its
 * mark in their environment though they have left both.
 */
export class CommandProcesses {
  readonly #leader: number;
  readonly #mark: string;
  readonly #startedAt: number;

  /** @param mark - `NAME=value`, as it stands in the environment of the command alone */
  constructor(leader: number, mark: string) {
    this.#leader = leader;
    this.#mark = mark;
    this.#startedAt = entryOf(leader)?.startedAt ?? 0;
  }

  /** Empty where the system does not say. */
  find(): number[] {
    const all = readTable();
    const found = new Set<number>();
    // In the order of their start a parent comes before its children.
    for (const { pid, parent, group, session, startedAt } of all.sort((a, b) => a.startedAt - b.startedAt || a.pid - b.pid)) {
      if (startedAt < this.#startedAt || pid === process.pid) continue;
      if (group === this.#leader || session === this.#leader || found.has(parent) || hasMark(pid, this.#mark)) found.add(pid);
    }
    return [...found];
  }
}

function readTable(): ProcessEntry[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((name) => {
    const pid = Number(name);
    return Number.isInteger(pid) ? (entryOf(pid) ?? []) : [];
  });
}

function entryOf(pid: number): ProcessEntry | undefined {
  try {
    // Before the last bracket stands the program's name, which may be anything.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
    const [state, parent, group, session] = fields;
    // It has ended, and only its parent has not looked yet.
    if (state === "Z" || state === "X") return undefined;
    return { pid, parent: Number(parent), group: Number(group), session: Number(session), threads: Number(fields[17]), startedAt: Number(fields[19]) };
  } catch {
    return undefined;
  }
}

function hasMark(pid: number, mark: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, "utf8")}`.includes(`\0${mark}\0`);
  } catch {
    return false;
  }
}

/** Processes that a command of an earlier control plane has left behind: their environment names the data folder. */
export function leftBehind(mark: string): number[] {
  return readTable().flatMap(({ pid }) => (pid !== process.pid && hasMark(pid, mark) ? pid : []));
}

/** Threads of this user on the machine; undefined where that is not known, and for root, whom nothing bounds. */
export function threadsOfUser(): number | undefined {
  const user = process.getuid?.();
  if (user === undefined || user === 0) return undefined;
  const all = readTable();
  return all.length === 0 ? undefined : all.filter(({ pid }) => ownerOf(pid) === user).reduce((sum, { threads }) => sum + threads, 0);
}

function ownerOf(pid: number): number | undefined {
  try {
    return statSync(`/proc/${pid}`).uid;
  } catch {
    return undefined;
  }
}
