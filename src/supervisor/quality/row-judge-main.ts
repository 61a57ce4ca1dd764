import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { asMillraceError, MillraceError } from "../../errors.ts";
import type { TableDefinition } from "../../model/definition.ts";
import type { Check, RecordTest } from "../../model/quality/check-definition.ts";
import { answerOf } from "../../quality/records/answer-of.ts";
import type { QueryValue } from "../../sql/query-request.ts";
import type { FromRowJudge, RowVerdict, ToRowJudge } from "./row-judge-protocol.ts";

/*
 * The process that runs functions of checks over the rows of a table: code of the project's. It gets the rows a chunk at a
 * time, keeps counts and some rows of each check, and ends when nobody is there any more.
 */

class RowJudge {
  readonly #sampleMax: number;
  readonly #tests: { holds: RecordTest; verdict: RowVerdict }[];

  private constructor(sampleMax: number, tests: Map<string, RecordTest>) {
    this.#sampleMax = sampleMax;
    this.#tests = [...tests].map(([check, holds]) => ({ holds, verdict: { check, rows: 0, failures: 0, sample: [] } }));
  }

  static async open({ codeFolder, module, export: exported, checks, sampleMax }: Extract<ToRowJudge, { type: "begin" }>): Promise<RowJudge> {
    const { [exported]: table } = (await import(pathToFileURL(join(codeFolder, module)).href)) as Record<string, TableDefinition | undefined>;
    const declared: readonly Check[] = table?.model?.checks ?? table?.checks ?? [];
    const tests = checks.map((name): [string, RecordTest] => {
      const holds = declared.find(({ decl }) => decl.name === name)?.holds;
      if (holds === undefined) throw new MillraceError("MR-QUALITY-007", { what: `${module} has no check "${name}" on what it exports as "${exported}"`, where: `check "${name}"`, mend: "the project's files have changed since they were read: start Millrace again" });
      return [name, holds];
    });
    return new RowJudge(sampleMax, new Map(tests));
  }

  judge({ columns, rows }: Extract<ToRowJudge, { type: "rows" }>): void {
    const record = (row: readonly QueryValue[]): Record<string, QueryValue> => Object.fromEntries(columns.map((name, i) => [name, row[i]]));
    for (const { holds, verdict } of this.#tests) {
      for (const row of rows) {
        // One for each function: it may change what it is given.
        const why = answerOf(holds, record(row));
        if (why === undefined) continue;
        verdict.failures++;
        if (verdict.sample.length < this.#sampleMax) verdict.sample.push({ ...record(row), _why: why });
      }
      verdict.rows += rows.length;
    }
  }

  get verdicts(): RowVerdict[] {
    return this.#tests.map(({ verdict }) => verdict);
  }
}

let judge: RowJudge | undefined;

async function answer(message: ToRowJudge): Promise<FromRowJudge> {
  if (message.type === "begin") judge = await RowJudge.open(message);
  else if (message.type === "rows") judge?.judge(message);
  else return { type: "verdicts", verdicts: judge?.verdicts ?? [] };
  return { type: "done" };
}

process.on("message", (message: ToRowJudge) => {
  answer(message)
    .catch((error: unknown): FromRowJudge => ({ type: "failed", error: asMillraceError(error, "the functions of checks").toJSON() }))
    .then((told) => process.send?.(told));
});
process.on("disconnect", () => process.exit(1));
