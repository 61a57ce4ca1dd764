import { MillraceError } from "../../errors.ts";
import type { Snapshot } from "../../lake/table-metadata.ts";
import type { Manifest } from "../../model/manifest.ts";
import { nearest } from "../../model/names.ts";
import type { CheckDecl, CheckKind } from "../../model/quality/check-decl.ts";
import { checksOf, datasetsWithChecks } from "../../model/quality/checks-of.ts";
import { type CheckedDataset, relationOf } from "../../quality/checks/checked-dataset.ts";
import type { CheckResult } from "../../quality/checks/check-result.ts";
import { type Explanation, explainChecks } from "../../quality/checks/explain-checks.ts";
import { type RunChecksOptions, runChecks, type RunStatement } from "../../quality/checks/run-checks.ts";
import type { FilesSource, TableReference } from "../../sql/query-request.ts";
import type { SqlRunner } from "../../sql/sql-runner.ts";
import { tableNow } from "../../sql/table-source.ts";
import type { ProjectData } from "../project-data.ts";
import { versionOf } from "../../quality/checks/checked-version.ts";
import { openVersion } from "../../quality/checks/open-version.ts";
import type { RunCode } from "../../quality/checks/code-checks.ts";
import { codeRunner } from "./row-judge.ts";
import { statementRunner } from "./run-statement.ts";

export interface JudgeRequest extends RunChecksOptions {
  /** Of a table of the lake: a snapshot's id, or the name of a tag or branch. Default: the current one. */
  version?: string;
  /** Only checks of these kinds. */
  kinds?: readonly CheckKind[];
  signal: AbortSignal;
}

export interface Judgement {
  /** Undefined for what has no versions, and for a table to which nothing was ever written. */
  snapshot?: Snapshot;
  results: CheckResult[];
}

/** A version of a dataset that is open to be judged. */
interface OpenDataset {
  checks: readonly CheckDecl[];
  dataset: CheckedDataset;
  snapshot?: Snapshot;
  run: RunStatement;
  runCode?: RunCode;
}

/** One statement may take so long; tables are large. */
const statementMs = 3_600_000;

/** Judges the datasets of a project by what is declared of them, as they stand. */
export class DatasetJudge {
  readonly #data: Pick<ProjectData, "lake" | "resolver">;
  readonly #manifest: () => Manifest;
  readonly #runner: SqlRunner;
  readonly #codeFolder: (release: string) => string;

  constructor(data: Pick<ProjectData, "lake" | "resolver">, manifest: () => Manifest, runner: SqlRunner, codeFolder: (release: string) => string) {
    this.#data = data;
    this.#manifest = manifest;
    this.#runner = runner;
    this.#codeFolder = codeFolder;
  }

  /** @throws MillraceError `MR-QUALITY-003` when there are no checks of it; `MR-LAKE-001` for a version that is not there; `MR-SQL-004` and others when it cannot be read */
  async judge(name: string, request: JudgeRequest): Promise<Judgement> {
    const { checks, dataset, snapshot, run, runCode } = await this.#open(name, request);
    return { snapshot, results: await runChecks(checks, dataset, run, { ...request, runCode }) };
  }

  /**
   * Judges data from outside by what is declared of a dataset, as if they were its rows. What is asked of versions (how many rows, how new)
   * is left out. @throws MillraceError `MR-QUALITY-003`; `MR-FORMAT-001` to `-008` when they cannot be read
   */
  async judgeData(name: string, source: FilesSource, signal: AbortSignal): Promise<CheckResult[]> {
    const checks = this.checksOf(name).filter(({ kind }) => !ofVersions.has(kind));
    const project = this.#data.resolver({ declared: this.#manifest() });
    const isData = ({ namespace, name }: TableReference): boolean => namespace === undefined && name === dataName;
    const run = statementRunner(this.#runner, {
      resolve: async (references, gated) => {
        const found = await project(references.filter((reference) => !isData(reference)), gated);
        const others = found.sources.values();
        return { ...found, sources: references.map((reference) => (isData(reference) ? source : others.next().value)) };
      },
      signal,
      limits: { timeoutMs: statementMs },
    });
    return runChecks(checks, await described(dataName, run), run);
  }

  /** How it would be judged. Throws as `judge` does. */
  async explain(name: string, request: JudgeRequest): Promise<Explanation> {
    const { checks, dataset } = await this.#open(name, request);
    return explainChecks(checks, dataset, request);
  }

  /** @throws MillraceError `MR-QUALITY-003` when there are none */
  checksOf(name: string): readonly CheckDecl[] {
    const manifest = this.#manifest();
    const checks = checksOf(manifest, name);
    if (checks.length === 0) throw withoutChecks(manifest, name);
    return checks;
  }

  async #open(name: string, { version, kinds, signal }: JudgeRequest): Promise<OpenDataset> {
    const manifest = this.#manifest();
    const checks = this.checksOf(name).filter(({ kind }) => kinds === undefined || kinds.includes(kind));
    const reading = (staged?: Parameters<ProjectData["resolver"]>[0]) => ({ resolve: this.#data.resolver({ declared: manifest, ...staged }), signal, limits: { timeoutMs: statementMs } });
    if (isKept(manifest, name)) {
      const table = await tableNow(this.#data.lake, name);
      const snapshot = versionOf(name, await table.metadata(), version);
      const { dataset, staged } = await openVersion(table, snapshot, version === undefined ? undefined : { version }, checks);
      return { checks, dataset, snapshot, run: statementRunner(this.#runner, reading({ staged })), runCode: codeRunner(this.#runner, reading({ staged }), this.#codeFolder(manifest.release)) };
    }
    if (version !== undefined) throw new MillraceError("MR-LAKE-001", { what: `"${name}" has no versions`, where: `dataset "${name}"`, mend: "leave the version out" });
    const run = statementRunner(this.#runner, reading());
    return { checks, dataset: await described(name, run), run };
  }
}

const columnsMax = 10_000;

/** What data from outside are called in statements. */
const dataName = "data";
const ofVersions: ReadonlySet<CheckKind> = new Set(["volume", "freshness", "distribution"]);

async function described(name: string, run: RunStatement): Promise<CheckedDataset> {
  const { rows } = await run(`describe select * from ${relationOf({ name })}`, columnsMax);
  return { name, columns: rows.map(([column, type]) => ({ name: String(column), type: String(type) })) };
}

/** Its rows are in the lake, in versions. */
function isKept({ tables }: Manifest, name: string): boolean {
  return Object.hasOwn(tables, name) && tables[name].model?.materialize.kind !== "view";
}

function withoutChecks(manifest: Manifest, name: string): MillraceError {
  const known = datasetsWithChecks(manifest);
  const near = nearest(name, known);
  return new MillraceError("MR-QUALITY-003", { what: `there are no checks of "${name}"`, where: "the project", mend: near === undefined ? 'give it some: checks: [notNull("id")]' : `did you mean "${near}"?` });
}
