import { runJava } from "./java.ts";

export interface ProducerPerfTest {
  brokers: readonly string[];
  topic: string;
  /** A file of values, a line each; it writes some of them, by chance. */
  payloads: string;
  /** How many are written and measured, after as many as `warm` that are not. */
  records: number;
  warm: number;
  /** Of a record batch, at most. */
  batchBytes: number;
  /** Absent: no transactions. */
  transactionMs?: number;
}

/** Kafka's own `kafka-producer-perf-test`, as its script starts it. @returns records each second of the clock, once it is warm */
export async function producerPerfTest({ brokers, topic, payloads, records, warm, batchBytes, transactionMs }: ProducerPerfTest): Promise<number> {
  const properties = {
    acks: "all",
    "batch.size": batchBytes,
    // A request holds at least a batch, and the defaults of these are meant for small ones.
    "max.request.size": 8 * batchBytes,
    "buffer.memory": 64 * batchBytes,
  };
  const said = await runJava({
    main: "org.apache.kafka.tools.ProducerPerformance",
    args: [
      ...["--bootstrap-server", brokers.join(","), "--topic", topic, "--payload-file", payloads],
      ...["--num-records", String(warm + records), "--warmup-records", String(warm), "--throughput", "-1"],
      ...["--command-property", ...Object.entries(properties).map(([name, value]) => `${name}=${value}`)],
      ...(transactionMs === undefined ? [] : ["--transaction-duration-ms", String(transactionMs)]),
    ],
    heap: "512M",
  });
  const [, steady] = /steady state records sent, ([\d.]+) records\/sec/.exec(said) ?? [];
  if (steady === undefined) throw new Error(`the tool says nothing of a steady state:\n${said}`);
  return Number(steady);
}
