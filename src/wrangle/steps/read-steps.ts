import { nearest } from "../../model/names.ts";
import { unfit } from "../nested/wrangle-error.ts";
import { OptionReader } from "./option-reader.ts";
import type { StepKind } from "./step.ts";
import { stepKinds } from "./step-kinds.ts";

/** A step whose kind is known and whose options were read. */
export interface ReadStep {
  /** From 1. */
  number: number;
  /** For people: its kind, or the name that it was given. */
  name: string;
  kind: StepKind;
  options: unknown;
  /** All texts in its options, names of options too: among them the columns that it reads or makes, with or without the sign of an order. */
  mentions: ReadonlySet<string>;
  /** A function of the user's is among its options. */
  hasCode: boolean;
}

/** Samples of what a rule changed, at most. */
export const sampleCount = 3;
const stepsMax = 500;

/**
 * Steps as data, read: `[{ kind: "trim", columns: ["a"] }]`.
 * @throws MillraceError `MR-WRANGLE-001` for a step that is none, or options that it cannot have
 */
export function readSteps(given: unknown): ReadStep[] {
  if (!Array.isArray(given) || given.length > stepsMax) throw unfit("the steps are no list of at most 500", "steps", "write steps := [{'kind': 'trim', 'columns': ['a']}]");
  return given.map((step, i) => readStep(step, i + 1));
}

/** The columns that a step works on. */
export function namedColumns({ options }: ReadStep): readonly string[] {
  const { columns, column } = options as { columns?: readonly string[]; column?: string };
  return columns ?? (column === undefined ? [] : [column]);
}

function readStep(step: unknown, number: number): ReadStep {
  const { kind: name, ...options } = (typeof step === "object" && step !== null ? step : {}) as { kind?: unknown; [option: string]: unknown };
  const kind = typeof name === "string" && Object.hasOwn(stepKinds, name) ? stepKinds[name] : undefined;
  if (kind === undefined) {
    const near = nearest(String(name), Object.keys(stepKinds));
    throw unfit(`step ${number} is ${JSON.stringify(name)}, which is no kind of step`, "steps", near === undefined ? `use one of ${Object.keys(stepKinds).join(", ")}` : `write ${near}`);
  }
  const reader = new OptionReader(`step ${number}, ${kind.kind}`, options);
  const read = { number, kind, name: reader.text("name", kind.kind), options: kind.read(reader), mentions: new Set(textsIn(options)), hasCode: Object.values(options).some((option) => typeof option === "function") };
  reader.end();
  return read;
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value.startsWith("-") ? [value, value.slice(1)] : [value];
  if (typeof value !== "object" || value === null) return [];
  return [...(Array.isArray(value) ? [] : Object.keys(value)), ...Object.values(value).flatMap(textsIn)];
}
