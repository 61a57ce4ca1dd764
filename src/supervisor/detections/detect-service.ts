import { sqlName, sqlText } from "../../lake/duckdb.ts";
import type { Detected, DetectSpec } from "../../quality/detect/detect.ts";
import { detectSql } from "../../quality/detect/detect-sql.ts";
import { withoutPersonalDetections } from "../../quality/detect/personal-detection.ts";
import { methodNamed, unfit } from "../../quality/detect/methods.ts";
import type { DetectControl, DetectRequest } from "../../server/detect-control.ts";
import { datasetSql } from "../../sql/dataset-reference.ts";
import type { QueryRequest } from "../../sql/query-request.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { dataFile } from "../data-file.ts";
import { type MarksOf, marksOfDataset } from "../marks-of-dataset.ts";
import type { Declared, ProjectData } from "../project-data.ts";

export interface DetectServiceParts {
  data: ProjectData;
  /** Where data from outside lie while they are looked at. */
  folder: string;
  declared: () => Declared;
  personal: MarksOf;
}

const limits = { timeoutMs: 10 * 60_000, memoryBytes: 2 * 1024 ** 3 };
/** What data from outside are called in the statement. */
const dataName = "data";
const numeric = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/;

type Rows = { from: string } & Pick<QueryRequest, "resolve">;

/** Looks for outliers in a project's datasets, in statements over them, and in data that a request brings. */
export class DetectService implements DetectControl {
  readonly #parts: DetectServiceParts;
  readonly #runner = new SqlRunner({ concurrencyMax: 2, standbyMs: 10_000 });

  constructor(parts: DetectServiceParts) {
    this.#parts = parts;
  }

  async detect(request: DetectRequest, signal: AbortSignal): Promise<Detected> {
    const { method, options = {}, data } = request;
    const { over } = methodNamed(method, options);
    if (over === "series" && request.order === undefined) throw unfit(`${method} looks at a series, and nothing says what comes before what`, "the request", "name the column of the time: order");
    if ([request.dataset, request.sql, data].filter((each) => each !== undefined).length !== 1) throw unfit("the request does not say which rows, or says it twice", "the request", "give one of dataset, sql and data");
    if (data === undefined) return this.#run(request, this.#rows(request), signal, request.dataset);
    return dataFile(this.#parts.folder, data, (source) => this.#run(request, { from: sqlName(dataName), resolve: async (references) => ({ sources: references.map(() => source), known: [dataName] }) }, signal));
  }

  #rows({ dataset, version, sql }: DetectRequest): Rows {
    const resolve = this.#parts.data.resolver({ declared: this.#parts.declared() });
    if (dataset === undefined) return { from: `(${sql}\n)`, resolve };
    return { from: `${datasetSql(dataset)}${version === undefined ? "" : ` at (version => ${sqlText(version)})`}`, resolve };
  }

  async #run({ method, options = {}, columns, by = [], label = [], order }: DetectRequest, { from, resolve }: Rows, signal: AbortSignal, dataset?: string): Promise<Detected> {
    const spec: DetectSpec = { method, options, by, label, columns: columns ?? (await this.#numeric(from, [...by, ...label, ...(order === undefined ? [] : [order])], { resolve, signal })) };
    if (spec.columns.length === 0) throw unfit("there is no numeric column", "the rows", "name the columns to look at; texts that hold numbers are read as such");
    const detected = await this.#runner.detect({ sql: detectSql(spec, from, order), resolve, signal, limits }, spec);
    // A statement of the user's own names what it shows, and data that a request brings are its own.
    return dataset === undefined ? detected : withoutPersonalDetections(detected, spec, await marksOfDataset(this.#parts.personal, dataset));
  }

  async #numeric(from: string, others: readonly string[], request: Pick<QueryRequest, "resolve" | "signal">): Promise<string[]> {
    const { columns } = await this.#runner.run({ ...request, sql: `select * from ${from} limit 0`, limits });
    return columns.filter(({ name, type }) => numeric.test(type) && !others.some((other) => other.toLowerCase() === name.toLowerCase())).map(({ name }) => name);
  }

  close(): Promise<void> {
    return this.#runner.close();
  }
}
