import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type KafkaServer, startKafka } from "../scripts/engines/kafka.ts";
import type { LogDriver } from "../src/log/driver.ts";
import type { Millrace } from "../src/supervisor/up.ts";
import { type TemporaryProject, temporaryProject } from "../test/support/temporary-project.ts";
import { projectFolder, upProject } from "./harness/bench-project.ts";
import type { Benchmark, Outcome } from "./harness/benchmark.ts";
import { compileJava, startJava } from "./harness/java.ts";
import { cpuSecondsOf, descendants } from "./harness/process-table.ts";
import { median, rounded, spread } from "./harness/statistics.ts";
import { fillWithOrders, hashTopics, topicEnd } from "./harness/topic-records.ts";
import { waitUntil } from "./harness/wait-until.ts";

const rounds = 5;
const stage = "price";
const [input, ours, theirs] = ["orders", "orders.priced", "orders.priced.streams"];
/**
 * Parts of the records between which both sides are measured, in two halves. Before the first their code is compiled: a JVM
 * takes a million records and more until it is as fast as it becomes.
 */
const shares: Shares = { from: 0.66, middle: 0.82, to: 0.98 };
/** Of a small run: all of the process's life. */
const smallShares: Shares = { from: 0, to: 0.98 };
/** Machines that others use too may take long. */
const patienceMs = 900_000;

export const kafkaMap: Benchmark = {
  name: "kafka.map",
  what: "stage.map over Kafka: JSON of ten typed fields in and of twelve out, exactly once, one partition of one broker; in turn with a Kafka Streams program (exactly-once v2, Jackson) over the same topic; of each the processor time of its process, once it is warm",
  reach: "ratio >= 1",
  needs: "MILLRACE_KAFKA",
  run: async ({ small, folder, say }): Promise<Outcome> => {
    await compileJava(fileURLToPath(new URL("harness/MapWithStreams.java", import.meta.url)), folder);
    const kafka = await startKafka({ properties: { "log.segment.delete.delay.ms": "1000" } });
    try {
      const found: Round[] = [];
      for (let n = 1; n <= (small ? 1 : rounds); n++) {
        const round = await inRound(kafka, n, (bed) => bothSides(bed, { ...(small ? { records: 20_000, shares: smallShares } : { records: 3_000_000, shares }), classes: folder }, n % 2 === 0));
        found.push(round);
        say(`round ${n}, records/s per core: ${told(round.ours)}; Kafka Streams ${told(round.theirs)}`);
      }
      return outcome(found);
    } finally {
      await kafka.stop();
    }
  },
};

const told = ({ perCore, perSecond, perCoreWithBroker }: Rate): string => `${rounded(perCore)} (${rounded(perSecond)} by the clock, ${rounded(perCoreWithBroker)} with the broker's time)`;

function outcome(found: Round[]): Outcome {
  const all = (side: "ours" | "theirs", rate: keyof Rate): number[] => found.map((round) => round[side][rate]);
  const ratio = (rate: keyof Rate): number => rounded(median(found.map((round) => round.ours[rate] / round.theirs[rate])));
  return {
    ...{ value: median(all("ours", "perCore")), unit: "records/s/core", baseline: "Kafka Streams, exactly-once v2, one thread", baselineValue: median(all("theirs", "perCore")) },
    ...{ spread: spread(all("ours", "perCore")), hash: found[0].ours.hash },
    extra: {
      ...{ medianRoundRatio: ratio("perCore"), clockRatio: ratio("perSecond"), withBrokerRatio: ratio("perCoreWithBroker"), spreadOfStreams: rounded(spread(all("theirs", "perCore"))) },
      ...{ laterShare: rounded(median(all("ours", "laterShare"))), streamsLaterShare: rounded(median(all("theirs", "laterShare"))) },
      ...{ perSecond: rounded(median(all("ours", "perSecond"))), streamsPerSecond: rounded(median(all("theirs", "perSecond"))) },
    },
  };
}

interface Round {
  ours: Rate & Written;
  theirs: Rate & Written;
}

interface Written {
  /** Of all that stands in its topic in the end. */
  hash: string;
}

interface Rate {
  /** Records a second of its process's time on processors. */
  perCore: number;
  /** The same, with the broker's time beside it. */
  perCoreWithBroker: number;
  /** Records a second of the clock. */
  perSecond: number;
  /** `perCore` of the second half over that of the first: well above 1, it was not warm yet. 1 where there are no halves. */
  laterShare: number;
}

interface Shares {
  from: number;
  middle?: number;
  to: number;
}

interface Bed {
  kafka: KafkaServer;
  millrace: Millrace;
  /** What names begin with in Kafka: topics of each round are new. */
  prefix: string;
  folder: string;
}

async function inRound(kafka: KafkaServer, n: number, work: (bed: Bed) => Promise<Round>): Promise<Round> {
  const prefix = `round-${n}.`;
  const project = projectOver(kafka, prefix);
  const millrace = await upProject(project.folder, project.data);
  try {
    const round = await work({ kafka, millrace, prefix, folder: project.data });
    for (const topic of [input, ours, theirs]) await millrace.control.log.deleteTopic(topic);
    return round;
  } finally {
    await millrace.close();
    project.remove();
  }
}

/** The project of `stage.map`, with its log on Kafka. */
function projectOver({ brokers }: KafkaServer, prefix: string): TemporaryProject {
  return temporaryProject({
    "pipeline.ts": `export * from ${JSON.stringify(join(projectFolder("map"), "pipeline.ts"))};\n`,
    "millrace.config.ts": `import { defineProject, kafkaLog } from "millrace";\nexport default defineProject({ name: "bench-map", profile: { log: kafkaLog({ brokers: ${JSON.stringify(brokers)}, prefix: "${prefix}" }) } });\n`,
  });
}

interface Work {
  records: number;
  shares: Shares;
  /** Folder of the compiled program. */
  classes: string;
}

async function bothSides(bed: Bed, work: Work, streamsFirst: boolean): Promise<Round> {
  const { log } = bed.millrace.control;
  await bed.millrace.control.pause(stage, "filled first");
  await log.ensureTopic({ name: theirs, partitions: 1, decl: (await log.topic(ours)).decl });
  await fillWithOrders(log, input, work.records);
  const sides = { ours: () => byStage(bed, work), theirs: () => byStreams(bed, work) };
  const first = streamsFirst ? await sides.theirs() : undefined;
  const round = { ours: await sides.ours(), theirs: first ?? (await sides.theirs()) };
  if (round.ours.hash !== round.theirs.hash) throw new Error(`the stage made ${round.ours.hash}, Kafka Streams ${round.theirs.hash}`);
  return round;
}

async function byStage({ millrace: { control } }: Bed, work: Work): Promise<Rate & Written> {
  await control.resume(stage);
  const pid = await waitUntil(`stage "${stage}" to run`, async () => (await control.status()).stages.find(({ name }) => name === stage)?.instances[0]?.pid);
  const rate = await rateOf(control.log, ours, pid, work);
  await control.pause(stage, "done");
  return rate;
}

async function byStreams({ kafka, millrace, prefix, folder }: Bed, work: Work): Promise<Rate & Written> {
  const state = join(folder, "streams");
  mkdirSync(state);
  const settings = {
    ...{ "application.id": `${prefix}streams`, "bootstrap.servers": kafka.brokers.join(","), "state.dir": state },
    ...{ "processing.guarantee": "exactly_once_v2", "auto.offset.reset": "earliest", "num.stream.threads": 1 },
  };
  const program = startJava({ main: "MapWithStreams", args: [`${prefix}${input}`, `${prefix}${theirs}`, ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)], heap: "1G", classes: work.classes });
  try {
    return await Promise.race([rateOf(millrace.control.log, theirs, program.pid, work), program.failed]);
  } finally {
    program.kill();
  }
}

/** Looks on while a process writes a topic: from when its first part is there to when all of it is. */
async function rateOf(log: LogDriver, topic: string, pid: number, { records, shares: { from: first, middle: half, to: last } }: Work): Promise<Rate & Written> {
  const broker = descendants(process.pid).find(({ command }) => command.includes(" kafka.Kafka "))?.pid as number;
  const reach = (share: number): Promise<Sample> =>
    waitUntil(`topic "${topic}" to have ${share} of its records`, async () => {
      const end = await topicEnd(log, topic);
      return end >= records * share ? { end, cpuSeconds: cpuSecondsOf(pid), brokerSeconds: cpuSecondsOf(broker), atMs: performance.now() } : undefined;
    }, 100, patienceMs);
  const from = await reach(first);
  const middle = half === undefined ? undefined : await reach(half);
  const to = await reach(last);
  const hash = await waitUntil(`all ${records} records in topic "${topic}"`, async () => {
    const now = await hashTopics(log, [topic]);
    return Number(now.split("-")[0]) >= records ? now : undefined;
  }, 1_000, patienceMs);
  return {
    hash,
    perCore: perCore(from, to),
    laterShare: middle ? perCore(middle, to) / perCore(from, middle) : 1,
    perCoreWithBroker: (to.end - from.end) / (to.cpuSeconds - from.cpuSeconds + to.brokerSeconds - from.brokerSeconds),
    perSecond: (to.end - from.end) / ((to.atMs - from.atMs) / 1_000),
  };
}

interface Sample {
  /** Of the topic: ends of transactions take offsets too, each its one among thousands. */
  end: number;
  cpuSeconds: number;
  brokerSeconds: number;
  atMs: number;
}

const perCore = (from: Sample, to: Sample): number => (to.end - from.end) / (to.cpuSeconds - from.cpuSeconds);
