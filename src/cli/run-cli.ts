import { type Command, CommanderError } from "commander";
import { MillraceError } from "../errors.ts";
import type { CliContext, GlobalOptions } from "./context.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { styleFor, wantsColour } from "./output/style.ts";
import { createProgram } from "./program.ts";
import { reportError } from "./report-error.ts";

/** Runs the command line given and ends the process with its exit code. */
export async function runCli(argv: string[]): Promise<void> {
  hushExperimental();
  const { signal } = interruptions();
  let context = contextFor({ json: asksForJson(argv), color: !argv.includes("--no-color") }, signal);
  let code: ExitCode = exitCodes.ok;
  const program = createProgram(async (globals, handle) => {
    context = contextFor(globals, signal);
    code = await handle(context);
  });
  quiet(program);
  try {
    await program.parseAsync(argv.length === 0 ? ["--help"] : argv, { from: "user" });
  } catch (error) {
    code = await codeOf(error, context, program, argv);
  }
  if (signal.aborted) code = signal.reason === brokenPipe ? exitCodes.ok : exitCodes.interrupted;
  await flushed();
  process.exit(code);
}

/** Node 22 announces that SQLite is experimental, once for each process. Whoever reads it here can do nothing about it. */
function hushExperimental(): void {
  const emit = process.emitWarning as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]): void => {
    const type = typeof args[1] === "string" ? args[1] : (args[1] as { type?: string } | undefined)?.type;
    if (type !== "ExperimentalWarning") emit.apply(process, args);
  };
}

async function codeOf(error: unknown, context: CliContext, program: Command, argv: string[]): Promise<ExitCode> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : reportError(context, misunderstood(error, program, argv));
  // Whoever interrupts a command knows that it did not finish.
  return context.signal.aborted ? exitCodes.interrupted : reportError(context, error);
}

/** Commander's own error lines are told as all others are. */
function quiet(program: Command): void {
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)]) {
    command.exitOverride().configureOutput({ outputError: () => {}, writeErr: () => {} });
  }
}

function misunderstood(error: CommanderError, program: Command, argv: string[]): MillraceError {
  // Of a group without a command, commander shows the help and says no more.
  const [what, hint] = error.code === "commander.help" ? ["the command is not whole"] : error.message.replace(/^error: /, "").split("\n");
  const meant = /Did you mean (.+)\?/.exec(hint ?? "")?.[1];
  const command = commandPath(program, argv);
  return new MillraceError("MR-CLI-001", { what: what.replace(/\.$/, ""), where: command, mend: meant ? `did you mean ${meant}? See ${command} --help` : `see ${command} --help`, cause: error });
}

/** The command that the words name, as far as they name one: `millrace topics tail`. */
function commandPath(program: Command, argv: string[]): string {
  let path = program.name();
  let command = program;
  for (const word of argv) {
    const next = command.commands.find((each) => each.name() === word);
    if (next) [command, path] = [next, `${path} ${word}`];
  }
  return path;
}

/** Before the options are parsed, for the errors of parsing them. Behind `--` nothing is an option. */
function asksForJson(argv: string[]): boolean {
  const end = argv.indexOf("--");
  return (end < 0 ? argv : argv.slice(0, end)).includes("--json");
}

function contextFor(options: GlobalOptions, signal: AbortSignal): CliContext {
  const refused = options.color === false;
  return {
    options,
    signal,
    style: styleFor(wantsColour(process.stdout, process.env, refused)),
    errorStyle: styleFor(wantsColour(process.stderr, process.env, refused)),
    // A terminal that does not know its size says 0.
    width: process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : undefined,
    print: (text) => new Promise((resolve) => process.stdout.write(text, () => resolve())),
    note: (text) => void process.stderr.write(`${text}\n`),
  };
}

const brokenPipe = Symbol("the reader closed the pipe");

/** Under npm one Ctrl-C comes twice: from the terminal and from npm, which passes it on. */
const sameKeyMs = 500;

/** The first Ctrl-C asks the command to end; the second ends it. A reader that leaves, as `head` does, asks the same. */
function interruptions(): AbortController {
  const stop = new AbortController();
  let firstAt: number | undefined;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      firstAt ??= performance.now();
      if (performance.now() - firstAt > sameKeyMs) process.exit(exitCodes.interrupted);
      stop.abort(new Error("interrupted"));
    });
  }
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    stop.abort(brokenPipe);
  });
  process.stderr.on("error", () => {}); // Nobody is left to be told.
  return stop;
}

/** Waits until both streams have given away what they hold: a pipe may be slow. */
async function flushed(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise<void>((resolve) => (stream.destroyed ? resolve() : stream.write("", () => resolve())))));
}
