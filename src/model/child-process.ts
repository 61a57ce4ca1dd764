import { fileURLToPath } from "node:url";

const fromSource = import.meta.url.endsWith(".ts");

/**
 * Options of Node for a process that imports the user's code as this one would: the same export conditions, and from a
 * checkout the sources in place of a build.
 */
export function childExecArgv(): string[] {
  const conditions = new Set(conditionsOf(process.execArgv));
  if (fromSource) conditions.add("millrace:source");
  // Node 22 announces type stripping and SQLite as experimental, once for each process.
  return ["--disable-warning=ExperimentalWarning", ...[...conditions].map((condition) => `--conditions=${condition}`)];
}

function conditionsOf(execArgv: readonly string[]): string[] {
  return execArgv.flatMap((argument, i) => {
    const [, inline] = /^(?:--conditions|-C)=(.*)$/.exec(argument) ?? [];
    if (inline !== undefined) return [inline];
    return argument === "--conditions" || argument === "-C" ? execArgv.slice(i + 1, i + 2) : [];
  });
}

/**
 * Path of a file of ours that a child process starts with.
 * @param base - `import.meta.url` of the caller
 * @param name - beside the caller and without its ending: `.ts` in a checkout, `.js` in a build
 */
export function entryFile(base: string, name: string): string {
  return fileURLToPath(new URL(`./${name}${fromSource ? ".ts" : ".js"}`, base));
}
