/** What a process has used so far, by something that no other process is called. */
export interface ProcessUse {
  id: string;
  /** Since its start. */
  cpuSeconds: number;
  memoryBytes: number;
}

/** What a stage has used on one day, in UTC. */
export interface WorkDone {
  cpuSeconds: number;
  /** Of memory held: GiB for one second. */
  memoryGibSeconds: number;
}

const dayMs = 86_400_000;
const gib = 1024 ** 3;

export const dayOf = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

/** Adds up what the processes of one stage use, from midnight UTC on. Processes come and go; what they have used stays. */
export class WorkTally {
  #day: string;
  #done: WorkDone;
  #seen: Map<string, number> | undefined;
  #lastMs: number | undefined;
  #cpuSeconds = 0;

  /** @param kept - what was counted of the day before this process began */
  constructor(day: string, kept?: WorkDone) {
    this.#day = day;
    this.#done = kept ?? { cpuSeconds: 0, memoryGibSeconds: 0 };
  }

  get day(): string {
    return this.#day;
  }

  get done(): WorkDone {
    return this.#done;
  }

  /** Of all days since this tally began. */
  get cpuSeconds(): number {
    return this.#cpuSeconds;
  }

  note(atMs: number, processes: readonly ProcessUse[]): void {
    const day = dayOf(atMs);
    if (day !== this.#day) {
      this.#day = day;
      this.#done = { cpuSeconds: 0, memoryGibSeconds: 0 };
    }
    // A machine that slept held nothing meanwhile; nor does midnight give a day what was used before it.
    const seconds = Math.min(10, Math.max(0, (atMs - Math.max(this.#lastMs ?? atMs, Math.floor(atMs / dayMs) * dayMs)) / 1_000));
    this.#lastMs = atMs;
    const { cpuSeconds, memoryGibSeconds } = this.#done;
    const seen = this.#seen;
    // What is there at the first look may be a worker's, and may have worked for long.
    const cpu = seen ? processes.reduce((sum, { id, cpuSeconds }) => sum + Math.max(0, cpuSeconds - (seen.get(id) ?? 0)), 0) : 0;
    this.#cpuSeconds += cpu;
    const held = processes.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0);
    this.#seen = new Map(processes.map(({ id, cpuSeconds }) => [id, cpuSeconds]));
    this.#done = { cpuSeconds: cpuSeconds + cpu, memoryGibSeconds: memoryGibSeconds + (held / gib) * seconds };
  }
}
