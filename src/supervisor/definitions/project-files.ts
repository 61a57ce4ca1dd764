import { createHash } from "node:crypto";
import { glob, readFile, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { seedBytesMax } from "../../model/models/describe-model.ts";

const source = "**/*.{ts,mts,cts,js,mjs,cjs,json,sql,dag.yaml,dag.yml}";

/** Files of the project that `pattern` names: relative, with forward slashes, in order of name. Tests and types declare nothing. */
export async function matchFiles(folder: string, pattern: string, dataDir: string): Promise<string[]> {
  const skip = skipped(folder, dataDir);
  const found: string[] = [];
  for await (const path of glob(pattern, { cwd: folder, exclude: skip })) found.push(path.split(sep).join("/"));
  return found.filter((path) => isYamlDag(path) || (/\.[mc]?[jt]s$/.test(path) && !/\.d\.[mc]?ts$|\.(test|spec)\.[mc]?[jt]s$/.test(path))).sort();
}

/** A DAG in YAML, which is read without running anything. */
export const isYamlDag = (path: string): boolean => /\.dag\.ya?ml$/.test(path);

/**
 * Digest of every source file of the project: what a release is made of.
 * @param seeds - files that are sources too, because tables are made of them; one that is not there, or is too large, is left out
 */
export async function digestSources(folder: string, dataDir: string, seeds: readonly string[] = []): Promise<Map<string, string>> {
  const digests = new Map<string, string>();
  for await (const path of glob(source, { cwd: folder, exclude: skipped(folder, dataDir) })) {
    const bytes = await readFile(join(folder, path));
    digests.set(path.split(sep).join("/"), createHash("sha256").update(bytes).digest("hex"));
  }
  for (const path of seeds) {
    const info = await stat(join(folder, path)).catch(() => undefined);
    if (info?.isFile() && info.size <= seedBytesMax) digests.set(path, createHash("sha256").update(await readFile(join(folder, path))).digest("hex"));
  }
  return digests;
}

function skipped(folder: string, dataDir: string): (path: string) => boolean {
  return (path) => {
    const parts = path.split(sep);
    return parts.some((part) => part === "node_modules" || (part.startsWith(".") && part.length > 1 && part !== "..")) || join(folder, path) === dataDir;
  };
}
