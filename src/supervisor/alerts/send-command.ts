import type { AttemptLog } from "../tasks/attempt-log.ts";
import { plainEnvironment } from "../tasks/command-environment.ts";
import { runCommand } from "../tasks/run-command.ts";
import { type AlertMessage, targetText } from "./alert-message.ts";
import { type AlertSender, notSent } from "./alert-sender.ts";

const timeoutMsDefault = 60_000;
const graceMs = 5_000;
const processesMax = 64;
/** What a shell answers for a program that it cannot find or run. */
const noProgram = new Set([126, 127]);

const nothing = (): void => undefined;
/** What a command says is kept for when it fails, and nowhere else. */
const silent: AttemptLog = { debug: nothing, info: nothing, warn: nothing, error: nothing, written: async () => undefined, close: async () => undefined };

/**
 * Runs a command with the alert as JSON on its standard input.
 * @param codeFolder - where the files of a release are: the command runs there
 */
export function commandSender(codeFolder: (release: string) => string, timeoutMs = timeoutMsDefault): AlertSender<"command"> {
  return async (message, to, signal) => {
    const where = targetText(to);
    const late = AbortSignal.timeout(timeoutMs);
    const end = await runCommand({
      argv: to.argv,
      env: { ...plainEnvironment(), ...factsOf(message) },
      cwd: codeFolder(message.release),
      mark: { name: "MILLRACE_ALERT_ID", value: message.id },
      processesMax,
      input: JSON.stringify(message),
      log: silent,
      signal: AbortSignal.any([signal, late]),
      killed: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs + graceMs)]),
    });
    if (end.code === 0 && !late.aborted) return;
    const missing = end.error !== undefined || noProgram.has(end.code ?? 0);
    const how = late.aborted ? `the command took longer than ${timeoutMs / 1_000} s` : end.tooMany ? `the command had more than ${processesMax} processes` : end.error ? `the command could not be started: ${end.error.message}` : end.signal ? `the command was ended by ${end.signal}` : `the command ended with exit code ${end.code}`;
    const words = end.lastWords === "" ? "" : `; its last lines: ${end.lastWords.slice(-1_000)}`;
    throw notSent(how + words, where, missing ? "install the program, or give its whole path" : "look at its last lines, and run it by hand", true);
  };
}

function factsOf({ id, kind, dag, run, release, interval, task, index, text, count }: AlertMessage): Record<string, string> {
  return {
    MILLRACE_IDEMPOTENCY_KEY: id,
    MILLRACE_ALERT_KIND: kind,
    MILLRACE_ALERT_COUNT: String(count),
    // No variable can hold a null character.
    MILLRACE_ALERT_TEXT: text.replaceAll("\0", ""),
    MILLRACE_DAG: dag,
    MILLRACE_RUN_ID: run,
    MILLRACE_RELEASE: release,
    MILLRACE_INTERVAL_START: interval.start,
    MILLRACE_INTERVAL_END: interval.end,
    ...(task === null ? {} : { MILLRACE_TASK: task }),
    ...(index < 0 ? {} : { MILLRACE_INDEX: String(index) }),
  };
}
