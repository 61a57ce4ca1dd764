import type { TypeTally } from "../type-tally.ts";
import { type Detector, detectors, type PersonalKind } from "./detectors.ts";

/** Personal data in a column, or in a place within one. */
export interface PersonalFinding {
  kind: PersonalKind;
  /** Which one, where a kind has several: `DE Steuer-ID`. */
  detail?: string;
  /** 0 to 1. */
  confidence: number;
  /** Different values that matched, of those looked at. */
  matched: number;
  sampled: number;
}

export interface PersonalColumn extends PersonalFinding {
  /** Names from the column inwards; `[]` are the elements of a list. */
  path: string[];
}

const confidenceMin = 0.3;

/** Looks through the samples of a place and of all places within it. */
export function findPersonalData(path: string[], tally: TypeTally): PersonalColumn[] {
  const here = personalFindings(path.findLast((name) => name !== "[]") ?? "", tally.samples).map((finding) => ({ path, ...finding }));
  return [...here, ...tally.children().flatMap(([name, child]) => findPersonalData([...path, name], child))];
}

/**
 * What personal data the values of a column are, by their content and, where content does not tell, by its name. A check
 * digit that every tenth number passes proves little alone: confidence grows with the share of values that match beyond what
 * chance gives, and with how many did.
 *
 * @param values - different values, as text
 * @returns the surest first, each kind once
 */
export function personalFindings(name: string, values: readonly string[]): PersonalFinding[] {
  const filled = values.map((value) => value.trim()).filter((value) => value !== "");
  const words = name.replaceAll(/([a-z])([A-Z])/g, "$1 $2").replaceAll(/[_.-]+/g, " ");
  const found = detectors.flatMap((detector) => findingOf(detector, words, name, filled) ?? []).sort((a, b) => b.confidence - a.confidence);
  return found.filter((finding, i) => found.findIndex(({ kind }) => kind === finding.kind) === i);
}

function findingOf({ kind, detail, called, matches, chance, needsName, unlessCalled }: Detector, words: string, name: string, values: readonly string[]): PersonalFinding | undefined {
  const named = called.test(words) || called.test(name);
  if (values.length === 0 || (needsName && !named) || unlessCalled?.test(words)) return undefined;
  const matched = values.filter(matches).length;
  if (matched === 0) return undefined;
  const lift = (matched / values.length - chance) / (1 - chance);
  // Named so, a few values prove it; otherwise they have to add up to one in a thousand by chance.
  const weight = named ? 1 - chance ** (matched + 1) : 1 - chance ** Math.max(0, matched - 0.7);
  const share = named ? Math.min(1, lift * 1.2) : lift;
  const confidence = Math.round(Math.max(0, share * weight * 0.99) * 100) / 100;
  // An address or two in many texts are still personal data, where hardly anything else looks like it.
  const scattered = chance <= 0.01 && matched >= 2 ? 0.5 : 0;
  const sure = Math.max(confidence, scattered);
  return sure < confidenceMin ? undefined : { kind, ...(detail !== undefined && { detail }), confidence: sure, matched, sampled: values.length };
}
