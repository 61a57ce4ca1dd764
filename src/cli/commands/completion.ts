import type { Command } from "commander";
import { completionScript, shells } from "../completion-script.ts";
import type { CliContext } from "../context.ts";
import { printJson } from "../context.ts";
import { usageError } from "../report-error.ts";

export async function completion(context: CliContext, [shell]: [string], program: Command): Promise<void> {
  const known = shells.find((each) => each === shell);
  if (!known) throw usageError(`there is no completion for "${shell}"`, "millrace completion", `use one of ${shells.join(", ")}`);
  const script = completionScript(program, known);
  if (context.options.json) return printJson(context, { shell: known, script });
  await context.print(script);
}
