/*
 * Keeps the house in order: imports only go down from floor to floor, there are no cycles at run time, nobody reaches
 * around a driver's interface, and the page of error codes lists what the code can throw.
 *
 *   node scripts/check-house.ts
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { errorCodes } from "../src/errors.ts";

/** From the ground up. A folder may import from its own row and the rows before it. */
const floors = [["errors.ts", "calendar", "statistics"], ["model", "batch"], ["log", "files", "state", "client"], ["lake"], ["formats"], ["engine", "sql", "wrangle", "quality"], ["connect"], ["scheduler", "catalog", "govern", "observe"], ["server", "supervisor"], ["cli"]];

/** Drivers, and who may pick one. */
const drivers = [
  { path: "log/embedded/", pickers: ["log/", "supervisor/", "cli/"] },
  { path: "log/kafka/", pickers: ["log/", "supervisor/", "cli/"] },
];

/** Pure files that the web interface runs in the browser. */
const uiHelpers = ["src/client/server-events.ts", "src/model/line-changes.ts", "src/quality/watch/warm-up.ts", "src/sql/allowed-functions.ts"];

interface Import {
  from: string;
  to: string;
  line: number;
  typeOnly: boolean;
}

const root = new URL("../", import.meta.url).pathname;
const files = globSync("src/**/*.ts", { cwd: root }).filter((file) => !/\.test\.ts$|conformance\.ts$|-for-tests\.ts$/.test(file)).map((file) => file.replaceAll("\\", "/"));
const imports = files.flatMap(importsOf);
const faults = [...wrongFloors(), ...beyondTheInterface(), ...aroundDrivers(), ...cycles(), ...errorPage()];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
console.log(`${files.length} files, ${imports.length} imports: floors, drivers, cycles and error codes are in order`);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const pattern = /^(?:import|export)\s+(type\s)?[^;'"]*?from\s+"(\.[^"]+)"|^import\s+"(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/gms;
  return [...text.matchAll(pattern)].map((match) => ({
    from: file,
    to: normalize(join(dirname(file), match[2] ?? match[3] ?? match[4])).replaceAll("\\", "/"),
    line: text.slice(0, match.index).split("\n").length,
    typeOnly: match[1] !== undefined,
  }));
}

/** What a declaration of a connector says belongs to authoring; the rest of its folder is an edge. */
function floorOf(file: string): number {
  if (/^src\/connect\/[^/]+\/declare\.ts$/.test(file)) return 1;
  const name = file.split("/")[1];
  return floors.findIndex((floor) => floor.includes(name));
}

function wrongFloors(): string[] {
  return imports.flatMap(({ from, to, line }) => {
    // The package's front door stands outside of the floors: it shows authoring to users, and nobody inside enters by it.
    if (to === "src/index.ts") return [`${from}:${line} imports the package's front door; import the file that defines the name`];
    if (from === "src/index.ts") return floorOf(to) <= 1 ? [] : [`${from}:${line} shows ${to}, which is above authoring`];
    const [lower, upper] = [floorOf(from), floorOf(to)];
    if (lower < 0 || upper < 0) return [`${lower < 0 ? from : to} stands on no floor; add its folder to scripts/check-house.ts`];
    return upper > lower ? [`${from}:${line} imports ${to}, which is ${upper - lower} floor(s) above it`] : [];
  });
}

function aroundDrivers(): string[] {
  return imports.flatMap(({ from, to, line, typeOnly }) => {
    const driver = drivers.find(({ path }) => to.startsWith(`src/${path}`));
    if (!driver || typeOnly || driver.pickers.some((picker) => from.startsWith(`src/${picker}`))) return [];
    return [`${from}:${line} reaches around the interface into ${to}`];
  });
}

/** The web interface is a program in a browser: of the house it may know types, and the helpers that were made for any program. */
function beyondTheInterface(): string[] {
  const pages = globSync("ui/src/**/*.{ts,tsx}", { cwd: root }).map((file) => file.replaceAll("\\", "/"));
  return pages.flatMap(importsOf).filter(({ to, typeOnly }) => to.startsWith("src/") && !typeOnly && !uiHelpers.includes(to)).map(({ from, to, line }) => `${from}:${line} takes ${to} into the browser; only types, and ${uiHelpers.join(", ")}`);
}

function cycles(): string[] {
  const runtime = Map.groupBy(imports.filter(({ typeOnly }) => !typeOnly), ({ from }) => from);
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) {
      found.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(" -> ")}`);
      return;
    }
    if (done.has(file)) return;
    for (const { to } of runtime.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}

function errorPage(): string[] {
  const path = join(root, "docs/errors.md");
  const listed = existsSync(path) ? [...readFileSync(path, "utf8").matchAll(/^### (MR-[A-Z]+-\d{3})/gm)].map(([, code]) => code) : [];
  const sources = globSync("src/**/*.ts", { cwd: root }).filter((file) => !file.endsWith("errors.ts")).map((file) => readFileSync(join(root, file), "utf8")).join("\n");
  const codes = Object.keys(errorCodes);
  return [
    ...codes.filter((code) => !listed.includes(code)).map((code) => `docs/errors.md does not explain ${code}`),
    ...listed.filter((code) => !codes.includes(code)).map((code) => `docs/errors.md explains ${code}, which does not exist`),
    ...codes.filter((code) => !sources.includes(code)).map((code) => `${code} is never used`),
  ];
}
