import { declared } from "./declared.ts";
import { definitionMark, type TopicDefinition } from "./definition.ts";
import { durationMs } from "./duration.ts";
import { checkName, declarationText } from "./names.ts";
import { checkNumber, checkOptions, invalid } from "./option-checks.ts";
import { callSite } from "./place.ts";
import { type Check, checkList } from "./quality/check-definition.ts";
import type { FieldOf, FieldOfType, RecordOf, SchemaInput } from "./schema-types.ts";
import { sizeBytes } from "./size.ts";

export interface TopicOptions<S extends SchemaInput, K extends string> {
  /** What a record is: a schema of zod, valibot or arktype, or JSON Schema. Records are closed: other fields are refused. */
  schema: S;
  /** The field that chooses the partition; order is kept among records of one key. Default: none, records are spread. */
  key?: K;
  /** The timestamp field that is the record's event time. Default: the time of arrival. */
  eventTime?: FieldOfType<RecordOf<S>, string>;
  /** 1 to 1,024. Default 1. More let more processes share the work. */
  partitions?: number;
  /** What may be removed: records older than `time`, or the oldest above `size`. Default: all are kept. */
  retention?: string | { time?: string; size?: string };
  /** Keep the newest record of each key and drop older ones. Needs a key. Default false. */
  compact?: boolean;
  /**
   * What must hold of each record: `notNull`, `accepted`, `range`, `pattern`, `castable`, `textLength` and `recordCheck`, without `where` and
   * `tolerance`. What breaks one goes to the dead letters of the stage that reads it, with the check's name; with severity `warn`
   * it is counted. Other checks judge all records that are there, when somebody asks.
   */
  checks?: readonly Check[];
}

const known = ["schema", "key", "eventTime", "partitions", "retention", "compact", "checks"] as const;
const partitionsMax = 1_024;

/**
 * Declares an event stream.
 * @example topic("orders", { schema: Order, key: "customer", eventTime: "at", partitions: 4 })
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be, `MR-MODEL-005` for an unreadable retention
 */
export function topic<const S extends SchemaInput, const K extends FieldOf<RecordOf<S>> = never>(name: string, options: TopicOptions<S, K>): TopicDefinition<RecordOf<S>, K> {
  const site = callSite(topic);
  checkName("topic", name, site);
  const where = declarationText("topic", name, site);
  checkOptions(options, known, where);
  if (options.compact && options.key === undefined) throw invalid("a compacted topic has no key", where, "name the field that says which record replaces which: key");
  return declared({
    [definitionMark]: "topic",
    name,
    schema: options.schema,
    key: options.key,
    eventTime: options.eventTime,
    partitions: checkNumber(options.partitions, { name: "partitions", min: 1, max: partitionsMax, fallback: 1, whole: true }, where),
    ...retention(options.retention, where),
    compact: options.compact,
    checks: options.checks === undefined ? undefined : checkList(options.checks, where),
    site,
  });
}

function retention(option: TopicOptions<SchemaInput, string>["retention"], where: string): { retentionMs?: number; retentionBytes?: number } {
  const { time, size } = typeof option === "string" ? { time: option, size: undefined } : (option ?? {});
  return {
    retentionMs: time === undefined ? undefined : durationMs(time, `${where}, retention`),
    retentionBytes: size === undefined ? undefined : sizeBytes(size, `${where}, retention`),
  };
}
