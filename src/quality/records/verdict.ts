import { jsonSchema } from "../../model/schema-types.ts";

/** What a stage that validates says of a record that breaks a check: one for each check that it breaks. */
export interface Verdict {
  /** Where the record stands. */
  topic: string;
  partition: number;
  offset: number;
  /** Null where it has none. */
  key: string | null;
  check: string;
  /** Of a record that breaks a check of severity `error`, every verdict says that it was kept back. */
  severity: "error" | "warn";
  keptBack: boolean;
  /** For people: what is wrong. */
  why: string;
  /** Event time of the record, ISO 8601. */
  at: string;
  /** The record itself where it was kept back, so that nothing is lost; else null: it is in the output. */
  record: unknown;
}

/**
 * The schema of a topic that takes verdicts.
 * @example topic("orders.verdicts", { schema: verdictSchema, eventTime: "at" })
 */
export const verdictSchema = jsonSchema<Verdict>({
  type: "object",
  properties: {
    topic: { type: "string" },
    partition: { type: "integer" },
    offset: { type: "integer" },
    key: { type: ["string", "null"] },
    check: { type: "string" },
    severity: { type: "string", enum: ["error", "warn"] },
    keptBack: { type: "boolean" },
    why: { type: "string" },
    at: { type: "string", format: "date-time" },
    record: {},
  },
  required: ["topic", "partition", "offset", "key", "check", "severity", "keptBack", "why", "at", "record"],
});
