import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { answering } from "./answering.ts";
import { freePort } from "./free-port.ts";
import { stop } from "./stop.ts";

/** A Kafka of one's own, in a folder that goes with it. Each of its brokers is a controller too. */
export interface KafkaServer {
  /** `host:port` of each broker, by its number. */
  brokers: string[];
  /** The same with nothing between. */
  direct: string[];
  /** Ends a broker, by `SIGKILL` unless said otherwise. What it has on disk stays. */
  kill(broker: number, signal?: NodeJS.Signals): Promise<void>;
  /** Starts a broker again that has ended, over what it has on disk, and waits until it answers. */
  start(broker: number): Promise<void>;
  /** Runs a tool of Kafka's own to its end, for example `org.apache.kafka.tools.consumer.ConsoleConsumer`. */
  tool(main: string, args: readonly string[], input?: string): Promise<string>;
  stop(): Promise<void>;
}

export interface KafkaOptions {
  /** Default 1. */
  brokers?: 1 | 3;
  /** Lines of `server.properties` beside ours, or in their place. */
  properties?: Record<string, string>;
  /** Of each broker's heap. Default `512m`. */
  heap?: string;
  /** The port by which clients are to reach a broker that listens on `port`: of something that stands between. */
  reachedBy?: (port: number) => Promise<number>;
}

/**
 * Starts Kafka in KRaft mode on free ports of this machine. `MILLRACE_KAFKA` names the folder of its jars, which
 * `scripts/engines/install-kafka.sh` fetches.
 *
 * @throws Error when the variable is unset, or a broker does not answer
 */
export async function startKafka({ brokers: count = 1, properties = {}, heap = "512m", reachedBy }: KafkaOptions = {}): Promise<KafkaServer> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-kafka-"));
  const ports = await inTurn(Array.from({ length: count }), () => portsOf(reachedBy));
  const running = new Map<number, ChildProcess>();
  const configs = ports.map((_, node) => writeConfig(folder, node, ports, properties));
  const launch = async (node: number): Promise<void> => {
    const log = openSync(join(folder, `broker-${node}.log`), "a");
    const broker = spawn("java", [`-Xmx${heap}`, `-Xms${heap}`, "-XX:+UseG1GC", "-cp", kafkaClassPath(), "kafka.Kafka", configs[node]], { stdio: ["ignore", log, log] });
    broker.on("error", () => undefined);
    running.set(node, broker);
    await answering(broker, `Kafka's broker ${node}`, () => reachable(ports[node].broker), startMs);
  };
  const end = async (): Promise<void> => {
    await Promise.all([...running.values()].map((broker) => stop(broker, join(folder, "none"), "SIGKILL")));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.all(configs.map((config) => kafkaTool("kafka.tools.StorageTool", ["format", "--cluster-id", clusterId, "--config", config])));
    await Promise.all(configs.map((_, node) => launch(node)));
  } catch (error) {
    await end();
    throw error;
  }
  return {
    brokers: ports.map(({ broker, behind }) => `127.0.0.1:${behind?.reached ?? broker}`),
    direct: ports.map(({ broker }) => `127.0.0.1:${broker}`),
    kill: async (node, signal = "SIGKILL") => {
      const broker = running.get(node);
      if (broker) await stop(broker, join(folder, "none"), signal);
      running.delete(node);
    },
    start: launch,
    tool: kafkaTool,
    stop: end,
  };
}

/** Brokers that take a member of a group for dead after an hour, as those of others may after any time. */
export const longSessions: Record<string, string> = Object.fromEntries(["min.session", "session", "max.session"].map((which) => [`group.consumer.${which}.timeout.ms`, "3600000"]));

interface Ports {
  broker: number;
  controller: number;
  /** Where what stands between finds the broker, and where it is found itself. */
  behind?: { port: number; reached: number };
}

async function portsOf(reachedBy: KafkaOptions["reachedBy"]): Promise<Ports> {
  const [broker, controller] = [await freePort(), await freePort()];
  if (!reachedBy) return { broker, controller };
  const port = await freePort();
  return { broker, controller, behind: { port, reached: await reachedBy(port) } };
}

/** Three of them on a busy machine of two cores take their time. */
const startMs = 180_000;
const clusterId = "bWlsbHJhY2UtdGVzdHM0Mg";

function writeConfig(folder: string, node: number, ports: Ports[], more: Record<string, string>): string {
  const copies = String(ports.length);
  const { broker, controller, behind } = ports[node];
  const properties: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": String(node),
    "controller.quorum.voters": ports.map(({ controller }, voter) => `${voter}@127.0.0.1:${controller}`).join(","),
    "controller.listener.names": "CONTROLLER",
    listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}${behind ? `,BEHIND://127.0.0.1:${behind.port}` : ""}`,
    // Who comes by what stands between is told to go on by it; brokers among themselves do not.
    ...(behind && { "advertised.listeners": `PLAINTEXT://127.0.0.1:${broker},BEHIND://127.0.0.1:${behind.reached}`, "inter.broker.listener.name": "PLAINTEXT" }),
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,BEHIND:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL",
    "log.dirs": join(folder, `data-${node}`),
    "default.replication.factor": copies,
    "min.insync.replicas": ports.length > 1 ? "2" : "1",
    "offsets.topic.replication.factor": copies,
    "transaction.state.log.replication.factor": copies,
    "transaction.state.log.min.isr": ports.length > 1 ? "2" : "1",
    // Small clusters of tests: the default of 50 partitions each is half of their start.
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    // Members that die are noticed after 10 s, as docs/kafka.md asks brokers for.
    "group.consumer.min.session.timeout.ms": "6000",
    "auto.create.topics.enable": "false",
    ...more,
  };
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `server-${node}.properties`);
  writeFileSync(file, Object.entries(properties).map(([name, value]) => `${name}=${value}\n`).join(""));
  return file;
}

/** Kafka's jars, as `java -cp` takes them. @throws Error when `MILLRACE_KAFKA` is unset */
export function kafkaClassPath(): string {
  const jars = process.env.MILLRACE_KAFKA;
  if (jars === undefined) throw new Error("MILLRACE_KAFKA is not set: it names the folder where Kafka's jars are; scripts/engines/install-kafka.sh <folder> fetches them");
  return join(jars, "jars", "*");
}

async function kafkaTool(main: string, args: readonly string[], input = ""): Promise<string> {
  // C2 pays for itself in brokers, not in a tool that runs for a second.
  const tool = promisify(execFile)("java", ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", kafkaClassPath(), main, ...args], { maxBuffer: 64 * 1024 * 1024 });
  tool.child.stdin?.end(input);
  return (await tool).stdout;
}

async function reachable(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
  } finally {
    socket.destroy();
  }
}

async function inTurn<T, R>(items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
