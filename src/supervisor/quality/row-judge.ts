import { type ChildProcess, fork } from "node:child_process";
import { MillraceError } from "../../errors.ts";
import { childExecArgv, entryFile } from "../../model/child-process.ts";
import { relationOf } from "../../quality/checks/checked-dataset.ts";
import type { CodeCheck, CodeVerdict, RunCode } from "../../quality/checks/code-checks.ts";
import type { QueryRequest } from "../../sql/query-request.ts";
import type { SqlRunner } from "../../sql/sql-runner.ts";
import { onEnd } from "../child-end.ts";
import { codeEnvironment } from "../code-environment.ts";
import { forkDiesWithParent } from "../parent-guard.ts";
import type { FromRowJudge, ToRowJudge } from "./row-judge-protocol.ts";

const heapMiB = 512;
/** Longest time for one answer: the import of the module, or the functions over one chunk of rows. */
const answerMs = 60_000;

/**
 * Runs functions of checks over a dataset: the rows come from a statement, a chunk at a time, and go to a process of the
 * project's code, which has no secrets and ends with the answer.
 *
 * @param codeFolder - where the release's code lies
 */
export function codeRunner(runner: SqlRunner, request: Pick<QueryRequest, "resolve" | "signal" | "limits">, codeFolder: string): RunCode {
  return async (checks, dataset, sampleMax) => {
    const found = new Map<string, CodeVerdict | MillraceError>();
    for (const some of Map.groupBy(checks, ({ code }) => `${code?.module}\n${code?.export}`).values()) {
      const names = some.map(({ name }) => name);
      try {
        const verdicts = await judge(runner, { ...request, sql: `select * from ${relationOf(dataset)}` }, some, codeFolder, sampleMax);
        for (const { check, rows, failures, sample } of verdicts) found.set(check, { measured: { rows, failures }, sample });
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code !== "MR-QUALITY-007") throw error;
        for (const name of names) found.set(name, error);
      }
    }
    return found;
  };
}

async function judge(runner: SqlRunner, request: QueryRequest, checks: readonly CodeCheck[], codeFolder: string, sampleMax: number) {
  const [{ code }] = checks;
  if (code === undefined) throw unrunnable("it does not say where its function is", checks);
  const child = new JudgeProcess(codeFolder, checks);
  try {
    await child.ask({ type: "begin", codeFolder, ...code, checks: checks.map(({ name }) => name), sampleMax });
    const { columns, rows } = await runner.stream(request);
    const names = columns.map(({ name }) => name);
    for await (const chunk of rows) await child.ask({ type: "rows", columns: names, rows: chunk });
    const told = await child.ask({ type: "end" });
    return told.type === "verdicts" ? told.verdicts : [];
  } finally {
    child.end();
  }
}

/** One process, which is asked one thing after the other. */
class JudgeProcess {
  readonly #child: ChildProcess;
  readonly #checks: readonly CodeCheck[];
  readonly #gone: Promise<never>;

  constructor(codeFolder: string, checks: readonly CodeCheck[]) {
    this.#checks = checks;
    this.#child = fork(entryFile(import.meta.url, "row-judge-main"), [], { ...forkDiesWithParent([...childExecArgv(), `--max-old-space-size=${heapMiB}`]), env: codeEnvironment(), cwd: codeFolder, stdio: ["ignore", "ignore", "ignore", "ipc"], serialization: "json" });
    this.#gone = new Promise((_, reject) => onEnd(this.#child, (exit, signal) => reject(unrunnable(`its process ended (${signal ?? `exit code ${exit}`})`, checks))));
    this.#gone.catch(() => undefined);
  }

  /** @throws MillraceError `MR-QUALITY-007` when the code fails, hangs, or ends the process */
  async ask(message: ToRowJudge): Promise<FromRowJudge> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(unrunnable(`it did not answer within ${answerMs / 1_000} s`, this.#checks)), answerMs);
    });
    const answered = new Promise<FromRowJudge>((resolve) => this.#child.once("message", (told) => resolve(told as FromRowJudge)));
    this.#child.send(message, () => undefined);
    try {
      const told = await Promise.race([answered, late, this.#gone]);
      if (told?.type === "failed") throw unrunnable(told.error.what, this.#checks);
      return told;
    } finally {
      clearTimeout(timer);
    }
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }
}

const unrunnable = (what: string, checks: readonly CodeCheck[]): MillraceError => new MillraceError("MR-QUALITY-007", { what: `the function could not be run: ${what}`, where: `check "${checks[0].name}"`, mend: "mend the function, or the file that declares it; it answers at once, from the row that it is given" });
