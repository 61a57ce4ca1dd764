import { createHash } from "node:crypto";

/** Kafka's limit is 249 characters; some are left for what stands before and behind. */
const nameMax = 180;

/**
 * How names appear in Kafka. A topic that Kafka can name is called there as it is here, behind the prefix; any other gets
 * the letters that Kafka allows, and a digest that tells it from all others.
 */
export class KafkaNames {
  readonly #prefix: string;

  constructor(prefix = "") {
    this.#prefix = prefix;
  }

  topic(name: string): string {
    return this.#prefix + safe(name);
  }

  /** Where the tasks of a group keep their state: partition `i` is that of task `i`. Its consumers share these partitions out. */
  state(group: string): string {
    return `${this.#prefix}millrace.state.${safe(group)}`;
  }

  /** Under which the snapshots of a group's states lie on files. */
  snapshots(group: string): string {
    return `stage-state/${safe(group)}`;
  }

  /** Where topics, groups and schemas are written down. */
  get registry(): string {
    return `${this.#prefix}millrace.registry`;
  }

  group(name: string): string {
    return this.#prefix + name;
  }

  /** Of what `member` commits for a group: whoever takes over a task shuts its owner out by it. */
  transactionalId(group: string, member: string): string {
    return `${this.#prefix}${group}#${member}`;
  }
}

function safe(name: string): string {
  const plain = name.replaceAll(/[^a-zA-Z0-9._-]/g, "_");
  if (plain === name && name.length <= nameMax && !/^\.*$/.test(name)) return name;
  return `${plain.slice(0, nameMax)}.${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
}
