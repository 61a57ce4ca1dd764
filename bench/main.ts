import { benchmarks } from "./benchmarks.ts";
import { missingFor } from "./harness/benchmark.ts";
import { runBenchmark } from "./harness/run-benchmark.ts";

/*
 * npm run --silent bench -- NAME [--small]     one benchmark; the last line of standard output is its result as JSON
 * npm run --silent bench -- all [--small]      all of them, a line each
 * npm run --silent bench -- list               their names
 */

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function usage(): never {
  say("usage: npm run --silent bench -- NAME|all|list [--small]\n");
  for (const { name, what, reach } of benchmarks) say(`  ${name.padEnd(16)} ${what}; ${reach}`);
  process.exit(2);
}

const [name, ...flags] = process.argv.slice(2);
if (name === "list" && flags.length === 0) {
  for (const benchmark of benchmarks) process.stdout.write(`${benchmark.name}\n`);
  process.exit(0);
}
const chosen = name === "all" ? benchmarks : benchmarks.filter((benchmark) => benchmark.name === name);
if (chosen.length === 0 || flags.some((flag) => flag !== "--small")) usage();
const [able, unable] = [chosen.filter((benchmark) => !missingFor(benchmark)), chosen.filter(missingFor)];
for (const benchmark of unable) say(`${benchmark.name} is left out: ${missingFor(benchmark)} is not set`);
if (able.length === 0) process.exit(1);
for (const benchmark of able) process.stdout.write(`${JSON.stringify(await runBenchmark(benchmark, { small: flags.includes("--small"), say }))}\n`);
