import type { Call, Kind } from "../nested/call.ts";
import { unfit } from "../nested/wrangle-error.ts";
import { clusters } from "./clusters.ts";
import type { Pairing } from "./compared-sql.ts";
import { alikePairs, blocks, patterns, scoredPairs } from "./pairs.ts";
import { type ReadRules, readRules } from "./rules.ts";
import { readWeights } from "./trained-model.ts";
import { why } from "./why.ts";

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const options: Kind = { fits: (value) => typeof value === "object" && value !== null && !Array.isArray(value), written: "options by name: {'key': 'id', …}" };
const texts: Kind = { fits: (value) => Array.isArray(value) && value.length > 0 && value.length <= 2 && value.every((each) => typeof each === "string"), written: "['id'], or ['source', 'id']" };
const probability: Kind = { fits: (value) => typeof value === "number" && value >= 0 && value <= 1, written: "a number from 0 to 1" };
const join: Kind = { fits: (value) => value === "all" || value === "best", written: "'all' or 'best'" };
const place: Kind = { fits: isCount, written: "the place of a blocking rule, from 0" };
const chance: Kind = { fits: (value) => isCount(value) && (value as number) >= 1 && (value as number) <= 1e8, written: "a whole number from 1 to 100,000,000" };

/** What finds rows that are one, by its name in SQL. */
export const entityCalls: Record<string, Call> = {
  entity_blocks: { positional: ["rules"], options: { rules: options }, required: ["rules"], run: (input, given) => blocks(input, readRules(given.rules)) },
  entity_patterns: {
    positional: ["rules"],
    options: { rules: options, chance, rule: place },
    required: ["rules"],
    run: (input, given) => {
      const rules = readRules(given.rules);
      return patterns(input, rules, pairingOf(rules, given));
    },
  },
  entity_alike: { positional: ["rules"], options: { rules: options }, required: ["rules"], run: (input, given) => alikePairs(input, readRules(given.rules)) },
  entity_pairs: {
    positional: ["rules", "model"],
    options: { rules: options, model: options, probability },
    required: ["rules", "model"],
    run: (input, given) => {
      const rules = readRules(given.rules);
      return scoredPairs(input, rules, readWeights(rules, given.model), given.probability ?? 0);
    },
  },
  entity_clusters: { positional: ["names", "probability", "join"], options: { names: texts, probability, join }, required: ["names"], run: (input, given) => clusters(input, given.names, given.probability ?? 0, given.join) },
  entity_why: {
    positional: ["rules", "model"],
    options: { rules: options, model: options },
    required: ["rules", "model"],
    run: (input, given) => {
      const rules = readRules(given.rules);
      return why(input, rules, readWeights(rules, given.model).prior);
    },
  },
};

function pairingOf({ block }: ReadRules, { rule, chance: pairs }: { rule?: number; chance?: number }): Pairing {
  if (pairs !== undefined) return { by: "chance", pairs };
  if (rule === undefined) return { by: "rules" };
  if (block[rule] === undefined) throw unfit(`there is no blocking rule at place ${rule}`, "entity_patterns", `give one from 0 to ${block.length - 1}`);
  return { by: "rule", index: rule };
}
