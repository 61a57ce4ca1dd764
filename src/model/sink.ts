import { inputs } from "./datasets.ts";
import { declared } from "./declared.ts";
import { definitionMark, type SinkContext, type StageDefinition } from "./definition.ts";
import { checkName, declarationText } from "./names.ts";
import { checkOptions, invalid } from "./option-checks.ts";
import { callSite } from "./place.ts";
import type { Check } from "./quality/check-definition.ts";
import { streamCheckList } from "./quality/stream-checks.ts";
import { type RunOptions, runOptionNames, runSettings } from "./stage-defaults.ts";
import type { From, RecordIn } from "./stage-types.ts";

const guarantees = ["transactional", "idempotent", "at-least-once"] as const;

export interface SinkOptions<F extends From> extends RunOptions {
  from: F;
  /** Delivers a batch; when it resolves, the batch is delivered. It may come again with the same `context.batchId`. */
  write: (records: RecordIn<F>[], context: SinkContext) => Promise<void>;
  /** What the outside end makes of a batch that comes twice. Default "at-least-once". */
  guarantee?: (typeof guarantees)[number];
  /** What must hold of each record that is read, beside what its topic asks: see `checks` of topics. */
  checks?: readonly Check[];
}

const known = ["from", "write", "guarantee", "checks", ...runOptionNames];

/**
 * Declares a stage whose output is outside.
 * @example sink("notify", { from: alerts, guarantee: "idempotent", write: (alerts, { batchId }) => post(batchId, alerts) })
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be
 */
export function sink<const F extends From>(name: string, options: SinkOptions<F>): StageDefinition<RecordIn<F>, never> {
  const site = callSite(sink);
  checkName("stage", name, site);
  const where = declarationText("sink", name, site);
  checkOptions(options, known, where);
  if (typeof options.write !== "function") throw invalid("`write` is not a function", where, "write write: async (records, context) => { … }");
  const guarantee = options.guarantee ?? "at-least-once";
  if (!guarantees.includes(guarantee)) throw invalid(`there is no guarantee ${JSON.stringify(guarantee)}`, where, `use one of ${guarantees.join(", ")}`);
  return declared({
    [definitionMark]: "stage",
    name,
    kind: "sink",
    from: inputs(options.from, where),
    to: {},
    ...runSettings(options, where),
    checks: options.checks === undefined ? undefined : streamCheckList(options.checks, where),
    concurrency: 1,
    sink: options.write,
    guarantee,
    site,
  });
}
