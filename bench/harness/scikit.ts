import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Matrix } from "../../src/statistics/matrix.ts";
import { matrixOf } from "../../src/statistics/matrix.ts";
import { seededRandom } from "../../src/statistics/random.ts";

const script = fileURLToPath(new URL("outliers-with-scikit.py", import.meta.url));
const columns = 5;

/** Normal rows whose columns hang together, and one in fifty far from them. */
export function rowsWithOutliers(rows: number): Matrix {
  const random = seededRandom(20);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  const values = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const common = normal();
    for (let column = 0; column < columns; column++) values[row * columns + column] = common + normal() + (row % 50 === 0 ? 6 * normal() : 0);
  }
  return matrixOf(values, columns);
}

/** What scikit-learn makes of the rows, and how long its fit took: without Python's start and without reading. */
export function askScikit<Answer>(method: "lof" | "mcd", folder: string, { values }: Matrix): { answer: Answer & { seconds: number }; target: string } {
  const python = process.env.MILLRACE_STATISTICS_PYTHON ?? "python3";
  const [source, target] = [join(folder, "rows"), join(folder, "answer")];
  writeFileSync(source, new Uint8Array(values.buffer));
  try {
    return { answer: JSON.parse(execFileSync(python, [script, method, source, String(columns), target], { encoding: "utf8", maxBuffer: 64 * 2 ** 20 })), target };
  } catch (error) {
    throw new Error("scikit-learn did not answer: let MILLRACE_STATISTICS_PYTHON name a Python with the packages of .ci/statistics.txt", { cause: error });
  }
}
