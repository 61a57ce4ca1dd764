import type { PlanStep, QueryPlan } from "../../server/query-control.ts";

/** A step as the engine writes it: under other names where it was measured. */
interface EngineStep {
  name?: string;
  operator_name?: string;
  operator_timing?: number;
  operator_cardinality?: number;
  extra_info?: Record<string, string | string[]>;
  children?: EngineStep[];
}

interface EnginePlan extends EngineStep {
  latency?: number;
}

const guess = "Estimated Cardinality";
/** Where files lie on this machine is nobody's business. */
const untold = new Set([guess, "Filename(s)", "File Filters"]);
const detailCharsMax = 2_000;

/** @param json - what EXPLAIN answers: a list of steps, or with what was measured */
export function readPlan(json: string): QueryPlan {
  const plan = JSON.parse(json) as EngineStep[] | EnginePlan | null;
  if (plan === null) return { ms: null, steps: [] };
  if (Array.isArray(plan)) return { ms: null, steps: plan.map(readStep) };
  return { ms: (plan.latency ?? 0) * 1_000, steps: (plan.children ?? []).flatMap((step) => (step.operator_name === "EXPLAIN_ANALYZE" ? (step.children ?? []) : [step])).map(readStep) };
}

function readStep({ name, operator_name, operator_timing, operator_cardinality, extra_info = {}, children = [] }: EngineStep): PlanStep {
  const guessed = Number(extra_info[guess]);
  return {
    name: (operator_name ?? name ?? "").trim(),
    details: Object.entries(extra_info).flatMap(([key, value]) => (untold.has(key) || value.length === 0 ? [] : [{ name: key, text: textOf(value) }])),
    rows: operator_cardinality ?? (extra_info[guess] === undefined || !Number.isFinite(guessed) ? null : guessed),
    ms: operator_timing === undefined ? null : operator_timing * 1_000,
    steps: children.map(readStep),
  };
}

const textOf = (value: string | string[]): string => (Array.isArray(value) ? value.join(", ") : String(value)).slice(0, detailCharsMax);
