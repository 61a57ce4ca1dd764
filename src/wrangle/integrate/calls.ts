import type { Call, Kind } from "../nested/call.ts";
import { columnFacts } from "./column-facts.ts";
import { readConflicts, resolveConflicts } from "./resolve-conflicts.ts";

const options: Kind = { fits: (value) => typeof value === "object" && value !== null && !Array.isArray(value), written: "options by name: {'key': 'id', 'policy': 'majority'}" };

/** What brings two sources together, by its name in SQL. */
export const integrateCalls: Record<string, Call> = {
  column_facts: { positional: [], options: {}, required: [], run: (input) => columnFacts(input) },
  resolve_conflicts: { positional: ["options"], options: { options }, required: ["options"], run: (input, given) => resolveConflicts(input, readConflicts(given.options)) },
};
