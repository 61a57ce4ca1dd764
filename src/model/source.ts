import { output } from "./datasets.ts";
import { declared } from "./declared.ts";
import { definitionMark, type SourceBatch, type SourceContext, type StageDefinition } from "./definition.ts";
import { checkName, declarationText } from "./names.ts";
import { checkOptions, invalid } from "./option-checks.ts";
import { callSite } from "./place.ts";
import type { RecordOfDataset } from "./schema-types.ts";
import { type RunOptions, runOptionNames, runSettings } from "./stage-defaults.ts";
import type { Dataset } from "./stage-types.ts";

export interface SourceOptions<O extends Dataset> extends Omit<RunOptions, "scale" | "failureLimit"> {
  /** The topic or table written. */
  to: O;
  /** Yields batches from where `context.position` says, each with the position after it; both are committed together. */
  read: (context: SourceContext) => AsyncIterable<SourceBatch<RecordOfDataset<O>>>;
  /** It ends: when `read` returns, all has been read. Default false: `read` is called again. */
  bounded?: boolean;
}

const known = ["to", "read", "bounded", ...runOptionNames.filter((name) => name !== "scale" && name !== "failureLimit")];

/**
 * Declares a stage whose input is outside. It runs as one process: what it reads has one position.
 * @example source("ticks", { to: ticks, read: async function* ({ position = 0 }) { … yield { records, position: next } } })
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be
 */
export function source<const O extends Dataset>(name: string, options: SourceOptions<O>): StageDefinition<never, RecordOfDataset<O>> {
  const site = callSite(source);
  checkName("stage", name, site);
  const where = declarationText("source", name, site);
  checkOptions(options, known, where);
  if (typeof options.read !== "function") throw invalid("`read` is not a function", where, "write read: async function* (context) { yield { records, position } }");
  return declared({
    [definitionMark]: "stage",
    name,
    kind: "source",
    from: [],
    to: output(options.to, where),
    ...runSettings(options, where),
    concurrency: 1,
    source: options.read,
    bounded: options.bounded ?? false,
    site,
  });
}
