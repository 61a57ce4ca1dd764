import type { Command } from "commander";
import type { CliContext, GlobalOptions } from "./context.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** What a command does. Its code is loaded when it is called, so that help and completion come at once. */
type Handler = (context: CliContext, args: any, options: any) => Promise<ExitCode> | Promise<void>;
/** Runs a handler; given by whoever owns the streams and the exit code. */
export type Runner = (globals: GlobalOptions, handle: (context: CliContext) => Promise<ExitCode>) => Promise<void>;

/** Adds a command to its parent. */
export type Define = (parent: Command, usage: string, description: string, examples: string[], load: () => Promise<Handler>, shape?: (command: Command) => Command) => Command;

export const definer = (run: Runner): Define => (parent, usage, description, examples, load, shape = (command) => command) => {
  const command = shape(parent.command(usage).description(description)).addHelpText("after", examplesText(examples));
  return command.action(async (...all: unknown[]) => {
    const args = all.slice(0, -2);
    await run(command.optsWithGlobals(), async (context) => {
      const handle = await load();
      const code: unknown = await handle(context, args, command.opts());
      return (code as ExitCode | undefined) ?? exitCodes.ok;
    });
  });
};

const examplesText = (examples: string[]): string => `\nExamples:\n${examples.map((example) => `  $ ${example}`).join("\n")}`;

/** A command that only holds others. */
export function group(parent: Command, name: string, description: string, examples: string[]): Command {
  return parent.command(name).description(description).addHelpText("after", examplesText(examples));
}
