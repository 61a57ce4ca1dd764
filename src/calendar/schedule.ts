/** When a DAG runs, as plain data. */
export type ScheduleDecl =
  | { kind: "cron"; expression: string; timezone: string; gap: "shift" | "first-valid" | "skip"; fold: "second" | "first" | "both"; trigger?: true; lookbackMs?: number }
  | { kind: "union"; of: ScheduleDecl[]; except?: (ScheduleDecl | { kind: "days"; dates: string[]; timezone: string })[] }
  | { kind: "every"; ms: number; anchor: string }
  | { kind: "calendar"; months: number; days: number; anchor: string; timezone: string; clamp: "anchor" | "airflow" }
  | { kind: "once" }
  | { kind: "at"; times: string[] }
  | { kind: "continuous" }
  | { kind: "manual" }
  | { kind: "onUpdate"; datasets: string[]; when: "any" | "all"; windowMs?: number }
  | { kind: "custom"; name: string };
