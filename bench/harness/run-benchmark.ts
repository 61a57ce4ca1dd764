import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Benchmark, type BenchmarkLine, benchmarkLine } from "./benchmark.ts";

/** Runs one benchmark in a folder of its own, which is gone afterwards. */
export async function runBenchmark(benchmark: Benchmark, { small, say }: { small: boolean; say: (line: string) => void }): Promise<BenchmarkLine> {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  try {
    say(`${benchmark.name}: ${benchmark.what} (hoped for: ${benchmark.reach})`);
    return benchmarkLine(benchmark.name, await benchmark.run({ small, folder, say: (line) => say(`  ${line}`) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
