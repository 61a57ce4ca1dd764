import { MillraceProcess, until } from "./millrace-process.ts";
import { random } from "./random.ts";

/** One `kill -9` while the flights ran. */
export interface Kill {
  /** A stage, `log`, or `everything`: Millrace with all that it has started. */
  whom: string;
  /** Until its next process stood and had reported; undefined when it had nothing left to do. */
  backAfterMs?: number;
}

export interface KilledRunOptions {
  project: string;
  data: string;
  kills: number;
  /** Whether the DAGs run too. */
  dags: boolean;
  /** Handed each Millrace as soon as it runs: the caller stops the last, also when the run fails or is given up. */
  onStart: (millrace: MillraceProcess) => void;
  /** Told of each kill once its victim is back. */
  onKill?: (kill: Kill) => void;
}

const flights = 3_000_000;

/**
 * Runs the flights' project and kills stages, the log service and the whole tree at random instants while it works; ends
 * when everything has caught up.
 * @returns the Millrace that runs at the end
 */
export async function killedRun({ project, data, kills, dags, onStart, onKill }: KilledRunOptions): Promise<{ millrace: MillraceProcess; killed: Kill[] }> {
  const chance = random(20010101);
  const killed: Kill[] = [];
  const start = async (): Promise<MillraceProcess> => {
    const started = await MillraceProcess.start(project, data, { dags });
    onStart(started);
    return started;
  };
  let millrace = await start();
  for (let n = 0; n < kills; n++) {
    // A new instant: some more flights than at the last one are in, or all are.
    const next = Math.min(flights, (await arrived(millrace)) + Math.floor((chance() * 2_500_000) / kills));
    await until(async () => (await arrived(millrace)) >= next);
    const startMs = performance.now();
    const kill: Kill = { whom: "everything" };
    if (n % 10 === 4) {
      await millrace.killAll();
      millrace = await start();
      await until(async () => (await millrace.status()).stages.every(({ state }) => state === "running" || state === "drained"));
      kill.backAfterMs = performance.now() - startMs;
    } else {
      const victim = await killOne(millrace, chance, n % 3 === 0 ? "log" : undefined);
      kill.whom = victim.name;
      if (await back(millrace, victim)) kill.backAfterMs = performance.now() - startMs;
    }
    killed.push(kill);
    onKill?.(kill);
  }
  await until(async () => (await millrace.status()).idle);
  return { millrace, killed };
}

/** Flights on disk in the first topic, whoever has been killed since. */
async function arrived(millrace: MillraceProcess): Promise<number> {
  return (await millrace.status()).topics.find(({ name }) => name === "flights")?.records ?? 0;
}

interface Victim {
  name: string;
  pid: number;
}

async function killOne(millrace: MillraceProcess, chance: () => number, service?: "log"): Promise<Victim> {
  for (;;) {
    const { stages, services } = await millrace.status();
    // A log on Kafka has no service here.
    const all = service && services.some(({ name }) => name === service) ? services.filter(({ name }) => name === service) : stages.flatMap(({ name, instances }) => instances.map(({ pid }) => ({ name, pid })));
    const victim = all[Math.floor(chance() * all.length)];
    try {
      if (victim?.pid && process.kill(victim.pid, "SIGKILL")) return { name: victim.name, pid: victim.pid };
    } catch {
      // It had ended just before: another one, then.
    }
  }
}

/** Waits for the victim's successor; false when it needs none, for its source has ended. */
async function back(millrace: MillraceProcess, { name, pid }: Victim): Promise<boolean> {
  let needed = true;
  await until(async () => {
    const { stages, services } = await millrace.status();
    const stage = stages.find((each) => each.name === name);
    if (stage?.state === "drained") {
      needed = false;
      return true;
    }
    if (stage) return stage.state === "running" && stage.instances.length > 0 && stage.instances.every((each) => each.pid !== pid);
    return services.some((each) => each.name === name && each.pid !== null && each.pid !== pid);
  });
  return needed;
}
