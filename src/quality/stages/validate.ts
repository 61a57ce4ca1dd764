import type { StageDefinition, TopicDefinition } from "../../model/definition.ts";
import { output } from "../../model/datasets.ts";
import { checkOptions, invalid } from "../../model/option-checks.ts";
import { callSite } from "../../model/place.ts";
import type { Check } from "../../model/quality/check-definition.ts";
import { ownStageAt } from "../../model/stage.ts";
import type { RunOptions } from "../../model/stage-defaults.ts";
import type { Dataset, From, RecordIn } from "../../model/stage-types.ts";
import type { RecordOfDataset } from "../../model/schema-types.ts";
import type { Verdict } from "../records/verdict.ts";

/** Outputs of a stage that validates; at least one of them. */
export interface ValidateTo {
  /** Records that break no check of severity `error`, as they are. It takes what the input has. */
  valid?: Dataset;
  /** A verdict for each check that a record breaks: a topic or table with `verdictSchema`. Where it is left out, records that are kept back are only not in `valid`. */
  verdicts?: Dataset;
}

export interface ValidateOptions<F extends From, O extends ValidateTo> extends RunOptions {
  /** The topic read; what its own checks ask is judged here too. */
  from: F;
  to: O & Takes<O["valid"], RecordIn<F>, "valid"> & Takes<O["verdicts"], Verdict, "verdicts">;
  /** Beside those of the topic: `notNull`, `accepted`, `range`, `pattern`, `castable`, `textLength`, `recordCheck`. */
  checks?: readonly Check[];
}

/** `unknown` where the dataset takes such records; else what it would have to be, for the message. */
type Takes<D, R, Name extends string> = D extends Dataset ? (R extends RecordOfDataset<D> ? unknown : { [N in Name]: TopicDefinition<R> }) : unknown;

/**
 * A stage that judges the records of a topic: those that hold go on untouched, and of the others it says what is wrong and keeps
 * them in what it says. The sum always holds: records in are records in `valid` and different records in verdicts that say `keptBack`.
 *
 * @example validate("check-orders", { from: orders, to: { valid, verdicts }, checks: [notNull("id"), range("amount", { min: 0 })] })
 * @throws MillraceError `MR-MODEL-001` for an option that cannot be
 */
export function validate<const F extends From, const O extends ValidateTo>(name: string, options: ValidateOptions<F, O>): StageDefinition<RecordIn<F>, RecordIn<F> | Verdict> {
  return ownStageAt(name, options, { kind: "validate", known: ["checks"], to: (where) => outputsOf(options.to, where) }, callSite(validate));
}

function outputsOf(to: ValidateTo, where: string): StageDefinition["to"] {
  checkOptions(to, ["valid", "verdicts"], `${where}, to`);
  const given = (["valid", "verdicts"] as const).filter((alias) => to[alias] !== undefined);
  if (given.length === 0) throw invalid("nobody would hear of what it finds", where, "name an output: to: { valid, verdicts }");
  return Object.fromEntries(given.map((alias) => [alias, output(to[alias], `${where}, ${alias}`).out]));
}
