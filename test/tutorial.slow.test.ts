import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { type Block, blocksOf, root } from "./markdown-blocks.ts";
import { stallMs } from "./support/stall.ts";

/*
 * Runs docs/tutorial.md as a reader would: commands in a shell, files where the page puts them, Millrace in a terminal of
 * its own that is stopped and started again. `npx millrace` is this checkout; `npm install` links its packages, for the
 * tests need no registry.
 */

const folder = mkdtempSync(join(tmpdir(), "millrace-tutorial-"));
const millrace = [process.execPath, "--disable-warning=ExperimentalWarning", "--conditions=millrace:source", join(root, "src/cli/main.ts")];
const quoted = (words: string[]): string => words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
/** Where the reader stands: commands may change it. */
let place = folder;
let up: ChildProcess | undefined;
let upSaid = "";

afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Ran {
  code: number;
  output: string;
}

function run(commands: string): Promise<Ran> {
  const script = `npx() { shift; ${quoted(millrace)} "$@"; }\nnpm() { :; }\nset -e\n${commands}\npwd > ${quoted([join(folder, ".place")])}`;
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", script], { cwd: place, env: { ...process.env, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) place = readFileSync(join(folder, ".place"), "utf8").trim();
      resolve({ code: code ?? -1, output });
    });
  });
}

/** What `npm install` would have brought. */
function install(project: string): void {
  const dependencies = ["zod"];
  const modules = join(project, "node_modules");
  mkdirSync(modules, { recursive: true });
  symlinkSync(root, join(modules, "millrace"), "junction");
  for (const name of dependencies) symlinkSync(join(root, "node_modules", name), join(modules, name), "junction");
}

async function stop(): Promise<void> {
  const child = up;
  up = undefined;
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGINT");
  await ended;
}

async function start(): Promise<void> {
  await stop();
  upSaid = "";
  const [command, ...words] = millrace;
  const child = spawn(command, [...words, "up"], { cwd: place, env: { ...process.env, NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (upSaid += text));
  up = child;
  await until("Millrace is up", async () => {
    if (child.exitCode !== null) throw new Error(`millrace up ended with ${child.exitCode}:\n${upSaid}`);
    return existsSync(join(place, ".millrace/control.json")) && upSaid.includes("is up at");
  });
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000 + stallMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what}: not in time\n${upSaid}`);
    await wait(50);
  }
}

/** Lines as the page shows them; how wide columns are is not the page's business. */
const lines = (text: string): string[] => text.split("\n").map((line) => line.trim().replaceAll(/\s+/g, " ")).filter((line) => line !== "" && line !== "...");
const shows = (output: string, expected: string[]): boolean => expected.every((line) => lines(output).includes(line));

/** A command is looked at again until it shows what the page says: a reader looks again too. One that changes something runs once. */
async function follow({ text, settings, line }: Block, expected: string[]): Promise<void> {
  const reads = /^npx millrace (sql|dlq (show|list)|status|topics (list|describe|tail))/.test(text);
  for (let attempt = 1; ; attempt++) {
    const { code, output } = await run(text);
    if (shows(output, expected) && (code !== 0) === (settings.fails !== undefined)) return;
    if (!reads || attempt === 10) expect({ line, command: text, code, lines: lines(output) }).toEqual({ line, command: text, code: 0, lines: expected });
    await wait(100 * attempt);
  }
}

const hasCurl = (): boolean => {
  try {
    execFileSync("curl", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

test.skipIf(process.platform === "win32")("the tutorial does what it says", async () => {
  const blocks = blocksOf("docs/tutorial.md");
  expect(blocks.filter(({ language }) => language === "sh").length).toBeGreaterThan(10);
  for (const [i, block] of blocks.entries()) {
    const { language, settings, text } = block;
    if (language === "ts") {
      mkdirSync(dirname(join(place, settings.title)), { recursive: true });
      writeFileSync(join(place, settings.title), text);
    }
    if (language !== "sh") continue;
    if (settings.terminal === "up") await start();
    else if (settings.needs !== "curl" || hasCurl()) await follow(block, blocks[i + 1]?.language === "text" ? lines(blocks[i + 1].text) : []);
    if (text.includes("npm install")) install(place);
  }
});
