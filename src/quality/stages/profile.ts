import { output } from "../../model/datasets.ts";
import type { StageDefinition, TopicDefinition } from "../../model/definition.ts";
import { durationMs } from "../../model/duration.ts";
import type { Json } from "../../model/manifest.ts";
import { checkNumber } from "../../model/option-checks.ts";
import { callSite } from "../../model/place.ts";
import type { FieldOf, RecordOfDataset } from "../../model/schema-types.ts";
import { ownStageAt } from "../../model/stage.ts";
import type { RunOptions } from "../../model/stage-defaults.ts";
import type { Dataset, From, RecordIn } from "../../model/stage-types.ts";
import type { ProfileEvery, ProfileSettings } from "../records/profile-operator.ts";
import type { ProfileRecord } from "../records/profile-record.ts";

export interface ProfileOptions<F extends From, O extends Dataset> extends RunOptions {
  /** The topic read. It needs no key: each partition is profiled by itself, and what comes out merges. */
  from: F;
  /** A topic or table with `profileSchema`. */
  to: O & (ProfileRecord extends RecordOfDataset<O> ? unknown : TopicDefinition<ProfileRecord>);
  /**
   * A window: a time as "1m", of event time and aligned to 1970, or a number of records of a partition, 1 to 10,000,000. A window of
   * records that is not full waits.
   */
  every: string | number;
  /** Fields with personal data, of which no value is told: neither bounds nor quantiles nor frequent values. Counts, lengths and how many different ones there are stay. Default: none. */
  withhold?: readonly FieldOf<RecordIn<F>>[];
}

const recordsMax = 10_000_000;

/**
 * A stage that says window by window what the records of a topic look like: counts, nulls, bounds, moments, quantiles, distinct and
 * frequent values of each column, as states that merge. Each record is in exactly one of what it writes, also after a crash, and what comes
 * late is a further part of its window: `profileOf` any of them is the profile of all their records together.
 *
 * @example profile("profile-orders", { from: orders, to: topic("orders.profiles", { schema: profileSchema, eventTime: "window_start" }), every: "1m" })
 * @throws MillraceError `MR-MODEL-001` for an option that cannot be, `MR-MODEL-005` for an unreadable duration
 */
export function profile<const F extends From, const O extends Dataset>(name: string, options: ProfileOptions<F, O>): StageDefinition<RecordIn<F>, ProfileRecord> {
  const settings = (where: string): Json => ({ every: everyOf(options.every, where), withhold: [...(options.withhold ?? [])] }) satisfies ProfileSettings;
  return ownStageAt(name, options, { kind: "profile", known: ["every", "withhold"], to: (where) => output(options.to, where), settings }, callSite(profile));
}

function everyOf(every: unknown, where: string): ProfileEvery {
  if (typeof every === "string") return { ms: durationMs(every, `${where}, every`) };
  return { records: checkNumber(every ?? Number.NaN, { name: "every", min: 1, max: recordsMax, fallback: 1, whole: true }, where) };
}
