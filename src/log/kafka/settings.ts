import type { TopicFormats } from "../../model/value-format.ts";

/** Which Kafka, and how to reach it: plain data, secrets filled in. */
export interface KafkaSettings {
  /** `host:port` of brokers to begin with; the others are learned from them. */
  brokers: string[];
  /** Begins the names of all topics, groups and transactional ids, so that several Millraces share one Kafka. Default none. */
  prefix?: string;
  sasl?: { mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512"; username: string; password: string };
  /** Absent: not encrypted. `true`: by the machine's own authorities. */
  tls?: true | { ca?: string; cert?: string; key?: string; serverName?: string };
  /** What Kafka calls this client in its quotas, metrics and log. Default `millrace`. */
  client?: string;
  /** Copies of each topic that is made. Default: the broker's. */
  replicas?: number;
  /** How long a call goes on trying while brokers are away. Default 60,000. */
  patienceMs?: number;
  /** After how long Kafka itself ends a transaction whose writer is gone. Default 15,000. */
  transactionMs?: number;
  /** How values of records are written in topics that are declared from now on. Default: all as JSON. */
  formats?: TopicFormats;
}
