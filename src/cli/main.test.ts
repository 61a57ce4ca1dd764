import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { readProject } from "../supervisor/definitions/read-project.ts";
import { version } from "../supervisor/version.ts";
import { exitCodes } from "./exit-codes.ts";
import { createProgram } from "./program.ts";
import { runCliProcess } from "./testing.ts";

const temporary = () => mkdtemp(join(tmpdir(), "millrace-cli-"));
const repository = fileURLToPath(new URL("../..", import.meta.url));

test("help names every command and the exit codes; without arguments it is what is printed", async () => {
  const [help, bare] = await Promise.all([runCliProcess(["--help"]), runCliProcess([])]);
  for (const name of ["init", "up", "run", "status", "tables", "topics", "sql", "queries", "dlq", "stages", "dags", "runs", "backfill", "next", "pools", "alerts", "doctor", "completion"]) expect(help.stdout).toMatch(new RegExp(`^  ${name}\\b`, "m"));
  expect(help.stdout).toContain("130  interrupted");
  expect(help.stderr).toBe("");
  expect([help.code, bare.code]).toEqual([0, 0]);
  expect(bare.stdout).toBe(help.stdout);
});

test("every command has a description, and help with examples", async () => {
  const program = createProgram(async () => {});
  const all = program.commands.flatMap((command) => [command, ...command.commands]);
  expect(all.length).toBeGreaterThan(15);
  for (const command of all) {
    let text = "";
    command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
    expect(command.description(), command.name()).not.toBe("");
    expect(text, command.name()).toMatch(/\nExamples:\n {2}\$ millrace /);
  }
});

test("the version", async () => {
  expect(await runCliProcess(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test.each([
  [["statu"], /unknown command 'statu'/, /did you mean status\?/],
  [["topics", "lst"], /unknown command 'lst'/, /did you mean list\?/],
  [["topics"], /not whole/, /millrace topics --help/],
  [["sql", "--limt", "3"], /unknown option '--limt'/, /did you mean --limit\?/],
  [["sql", "select 1", "--limit", "0"], /--limit.*from 1 to 100000/, /millrace sql --help/],
  [["sql", "select 1", "--format", "xml"], /--format.*table, json, csv, spreadsheet, arrow, parquet/, /millrace sql --help/],
  [["sql", "select 1", "-f", "x.sql"], /two statements/, /one of them/],
  [["sql", "  "], /empty/, /select 1/],
  [["run"], /missing required argument/, /millrace run --help/],
  [["stages", "scale", "s", "--min", "3", "--max", "2"], /3, are more than the most, 2/, /at most --max/],
  [["topics", "tail", "t", "--from", "7"], /offset counts within a partition/, /--partition/],
  [["completion", "tcsh"], /no completion for "tcsh"/, /bash, zsh, fish/],
])("%j is not understood: exit code 2, and the mend", async (args, what, mend) => {
  const people = await runCliProcess(args);
  expect(people.code).toBe(2);
  expect(people.stdout).toBe("");
  expect(people.stderr).toMatch(/^MR-CLI-001: /);
  expect(people.stderr).toMatch(what);
  expect(people.stderr).toMatch(mend);
  const program = await runCliProcess([...args, "--json"]);
  expect(program.code).toBe(2);
  expect(program.stderr).toBe("");
  expect(JSON.parse(program.stdout)).toMatchObject({ error: { code: "MR-CLI-001", what: expect.stringMatching(what), mend: expect.stringMatching(mend) } });
});

test("no project, and none running: exit code 3", async () => {
  const cwd = await temporary();
  expect(await runCliProcess(["status"], { cwd })).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("MR-MODEL-008") });
  await writeFile(join(cwd, "pipeline.ts"), "");
  const { code, stdout } = await runCliProcess(["stages", "pause", "s", "--json"], { cwd });
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "MR-CLI-002", mend: expect.stringContaining("millrace up") } });
});

test("hostile text in an argument is shown, not obeyed", async () => {
  const cwd = await temporary();
  const { stderr } = await runCliProcess(["status", "--project", "no\u001b[2J\u202esuch"], { cwd });
  expect(stderr).toContain("no\\x1b[2J\\u{202e}such");
  expect(stderr).not.toMatch(/[\u001b\u202e]/);
  const { stderr: unknown } = await runCliProcess(["\u001b]0;title\u0007"], { cwd });
  expect(unknown).not.toMatch(/[\u001b\u0007]/);
});

test("init makes a project that reads without a problem and fits its types", async () => {
  const folder = join(await temporary(), "My Shop!");
  const made = await runCliProcess(["init", folder, "--json"]);
  expect(made.code).toBe(0);
  expect(JSON.parse(made.stdout)).toMatchObject({ name: "my-shop", folder, next: [expect.stringMatching(/^cd '/), "npm install", "npx millrace up"] });
  expect((await readdir(folder)).sort()).toEqual([".gitignore", "README.md", "millrace.config.ts", "package.json", "pipeline.ts", "tsconfig.json"]);
  expect(JSON.parse(await readFile(join(folder, "package.json"), "utf8"))).toMatchObject({ name: "my-shop", dependencies: { millrace: version } });
  await linkPackages(folder);
  const { manifest } = await readProject(folder);
  expect(manifest.problems).toEqual([]);
  expect(manifest.project).toBe("my-shop");
  expect(Object.values(manifest.stages).map(({ kind }) => kind).sort()).toEqual(["aggregate", "http", "record", "table", "table"]);
  await promisify(execFile)(process.execPath, [join(repository, "node_modules/typescript/bin/tsc"), "--noEmit", "--customConditions", "millrace:source"], { cwd: folder });
});

test("init overwrites nothing", async () => {
  const folder = await temporary();
  await writeFile(join(folder, "mine.txt"), "mine");
  expect(await runCliProcess(["init", folder])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("not empty") });
  expect(await readdir(folder)).toEqual(["mine.txt"]);
  expect(await runCliProcess(["init", join(folder, "mine.txt")])).toMatchObject({ code: 2, stderr: expect.stringContaining("a file of that name") });
});

test("doctor finds a broken project and says the mend", async () => {
  const cwd = await temporary();
  await writeFile(join(cwd, "pipeline.ts"), "export const = 1;\n");
  const people = await runCliProcess(["doctor"], { cwd });
  expect(people.code).toBe(1);
  expect(people.stdout).toMatch(/^ok {4}node {2,}v\d+/m);
  expect(people.stdout).toMatch(/^fail {2}definition .*pipeline\.ts:1:\d+\)\n +mend: /m);
  const { stdout, stderr } = await runCliProcess(["doctor", "--json"], { cwd });
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, checks: expect.arrayContaining([expect.objectContaining({ name: "duckdb", state: "ok" })]) });
  expect(stderr).toBe("");
});

test("bash completes commands, their options and values", async () => {
  const { stdout: script } = await runCliProcess(["completion", "bash"]);
  const complete = async (...words: string[]) => {
    const ask = `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; _millrace; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return (await promisify(execFile)("bash", ["--norc", "-c", ask])).stdout.trim().split("\n");
  };
  expect(await complete("millrace", "s")).toEqual(["status", "sql", "stages"]);
  expect(await complete("millrace", "topics", "")).toEqual(expect.arrayContaining(["list", "describe", "tail", "produce", "--json"]));
  expect(await complete("millrace", "--json", "topics", "tail", "orders", "--f")).toEqual(["--from"]);
  expect(await complete("millrace", "sql", "--format", "")).toEqual(["table", "json", "csv", "spreadsheet", "arrow", "parquet"]);
  expect(await complete("millrace", "backfill", "create", "daily", "--reprocess", "f")).toEqual(["failed"]);
  expect(await complete("millrace", "runs", "m")).toEqual(["mark"]);
  expect(await complete("millrace", "completion", "z")).toEqual(["zsh"]);
});

test("the scripts of zsh and fish name every command", async () => {
  for (const shell of ["zsh", "fish"]) {
    const { stdout, code } = await runCliProcess(["completion", shell]);
    expect(code).toBe(0);
    for (const name of ["init", "redrive", "produce", "completion"]) expect(stdout).toMatch(new RegExp(`['\\s-]${name}\\b`));
  }
  expect(JSON.parse((await runCliProcess(["completion", "zsh", "--json"])).stdout)).toMatchObject({ shell: "zsh", script: expect.stringContaining("#compdef millrace") });
});

/** What npm install would put there, from this checkout. */
async function linkPackages(folder: string): Promise<void> {
  await mkdir(join(folder, "node_modules", "@types"), { recursive: true });
  await symlink(repository, join(folder, "node_modules", "millrace"));
  for (const name of ["zod", "@types/node"]) await symlink(join(repository, "node_modules", name), join(folder, "node_modules", name));
}

test("docs/cli.md knows every command, its options and the exit codes", async () => {
  const page = await readFile(join(repository, "docs", "cli.md"), "utf8");
  const program = createProgram(async () => {});
  const walk = (command: (typeof program.commands)[number], path: string): string[] => [path, ...command.options.map(({ long }) => long ?? ""), ...command.commands.flatMap((each) => walk(each, `${path} ${each.name()}`))];
  for (const word of new Set(walk(program, "millrace"))) expect(page).toContain(word);
  for (const code of Object.values(exitCodes)) expect(page).toMatch(new RegExp(`^\\| ${code} \\|`, "m"));
});
