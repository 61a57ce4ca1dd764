/*
 * Completes package-lock.json with the binaries for platforms that the registry at hand did not offer.
 *
 * A package such as DuckDB names one optional package per platform. A mirror that holds only some of them makes
 * `npm install` write a lock file without the others, which `npm ci` then refuses. Run after every change of
 * dependencies: npm run lock
 */
import { readFileSync, writeFileSync } from "node:fs";

interface Locked {
  version?: string;
  optionalDependencies?: Record<string, string>;
  [field: string]: unknown;
}

const path = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(path, "utf8")) as { packages: Record<string, Locked> };
const systems = ["darwin", "linux", "win32", "android", "freebsd", "openbsd", "netbsd", "sunos", "aix", "openharmony"];
const added: string[] = [];

for (const [place, { optionalDependencies, dev, peer }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies ?? {})) {
    const known = lock.packages[`${place}/node_modules/${name}`] ?? lock.packages[`node_modules/${name}`];
    if (known?.version || !/^\d/.test(version)) continue;
    const parts = name.split(/[-/]/);
    const os = parts.filter((part) => systems.includes(part));
    if (os.length === 0) continue;
    const cpu = parts.filter((part) => /^(x64|arm64|arm|ia32|ppc64|s390x|riscv64|loong64|mips64el|wasm32)$/.test(part));
    const libc = parts.includes("musl") ? { libc: ["musl"] } : {};
    lock.packages[`node_modules/${name}`] = { version, cpu, ...(dev ? { dev } : {}), ...libc, optional: true, os, ...(peer ? { peer } : {}) };
    added.push(`${name}@${version}`);
  }
}

const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => (a < b ? -1 : 1))]);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? "the lock file is complete" : `added ${added.join(", ")}`);
