import { MillraceError } from "../../errors.ts";
import type { Aggregate } from "../../model/definition.ts";
import type { Column, StageDecl, WindowDecl } from "../../model/manifest.ts";
import { isText } from "./batch-columns.ts";
import { windowsPerRecordMax } from "./time-windows.ts";

/**
 * Holds a stage's aggregation against what can be computed. The manifest was checked when it was made; this is for one
 * that another version made, or that does not fit the code any more.
 *
 * @throws MillraceError `MR-MODEL-001`
 */
export function checkAggregate(stage: StageDecl, aggregates: Record<string, Aggregate>, columns: readonly Column[]): void {
  const invalid = (what: string, mend: string) => new MillraceError("MR-MODEL-001", { what, where: `stage "${stage.name}"`, mend });
  const column = (field: string, use: string): Column => {
    const found = columns.find((each) => each.name === field);
    if (!found) throw invalid(`${use} names the field "${field}", which its input has not`, `name one of ${columns.map(({ name }) => `"${name}"`).join(", ")}`);
    return found;
  };
  if (Object.keys(aggregates).length === 0) throw invalid("it names no aggregate", "write aggregate: { orders: count() }");
  for (const field of stage.by ?? []) column(field, "`by`");
  for (const [name, aggregate] of Object.entries(aggregates)) {
    if ("field" in aggregate) checkField(aggregate.op, column(aggregate.field, `aggregate "${name}"`), invalid);
    if (aggregate.op === "quantile" && !(aggregate.q >= 0 && aggregate.q <= 1)) throw invalid(`aggregate "${name}" asks for the quantile ${aggregate.q}`, "give a number from 0 to 1, as 0.95");
    if (aggregate.op === "reduce" && stage.window?.kind === "session" && !aggregate.merge) throw invalid(`aggregate "${name}" has no merge`, "give reduce({ …, merge: (a, b) => … }): a record may join two sessions into one");
  }
  if (stage.window) checkWindow(stage, stage.window, invalid);
}

type Invalid = (what: string, mend: string) => MillraceError;

function checkField(op: Aggregate["op"], { name, type }: Column, invalid: Invalid): void {
  if (op === "first" || op === "last") return;
  if (isText(type) || type === "boolean" || type === "timestamp") throw invalid(`it takes the ${op} of "${name}", which is a ${type}`, "name a numeric field");
}

function checkWindow(stage: StageDecl, window: WindowDecl, invalid: Invalid): void {
  const spans = window.kind === "session" ? [window.gapMs] : window.kind === "hopping" ? [window.sizeMs, window.advanceMs] : [window.sizeMs];
  if (!spans.every((span) => Number.isSafeInteger(span) && span > 0)) throw invalid(`its ${window.kind} window has a length of ${spans.join(" and ")} ms`, "give whole milliseconds, more than none");
  if (window.kind === "hopping") checkHops(window, invalid);
  const lateness = stage.allowedLatenessMs ?? 0;
  if (!(Number.isSafeInteger(lateness) && lateness >= 0)) throw invalid(`its allowed lateness is ${lateness} ms`, "give whole milliseconds, none or more");
  if (stage.late === undefined) throw invalid("it has windows but no topic for late records, which would be lost", "start Millrace with the version that made the manifest");
}

function checkHops({ sizeMs, advanceMs }: Extract<WindowDecl, { kind: "hopping" }>, invalid: Invalid): void {
  if (advanceMs > sizeMs) throw invalid(`windows of ${sizeMs} ms every ${advanceMs} ms leave out the records between them`, "let `advance` be at most `size`");
  if (sizeMs / advanceMs > windowsPerRecordMax) throw invalid(`each record would be in ${Math.ceil(sizeMs / advanceMs)} windows; at most ${windowsPerRecordMax} are possible`, "let `advance` be longer or `size` shorter");
}
