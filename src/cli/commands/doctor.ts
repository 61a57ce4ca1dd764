import { resolve } from "node:path";
import type { Manifest } from "../../model/manifest.ts";
import { type CliContext, printJson } from "../context.ts";
import type { Check } from "../doctor/check.ts";
import { checkDataFolder } from "../doctor/check-data-folder.ts";
import { checkMachine } from "../doctor/check-machine.ts";
import { checkProject } from "../doctor/check-project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { plainText } from "../output/plain-text.ts";
import type { Style } from "../output/style.ts";

/** Checks all there is to check, and says the mend of each fault. */
export async function doctor(context: CliContext): Promise<ExitCode> {
  const { project: named, data } = context.options;
  const machine = await checkMachine();
  const { checks: projectChecks, project } = await checkProject(process.cwd(), named);
  const dataFolder = data === undefined ? project?.config.dataDir : resolve(data);
  const profileChecks = project === undefined ? [] : await (await import("../doctor/check-profile.ts")).checkProfile(project.config.profile, declaredStages(project.manifest));
  const checks = [...machine, ...projectChecks, ...profileChecks, ...(dataFolder === undefined ? [] : await checkDataFolder(dataFolder))];
  const failed = checks.filter(({ state }) => state === "fail").length;
  if (context.options.json) await printJson(context, { ok: failed === 0, checks });
  else await context.print(checks.map((check) => checkText(check, context.style)).join(""));
  return failed > 0 ? exitCodes.failed : exitCodes.ok;
}

/** Of a project that cannot be read whole nobody can say what it does not declare. */
const declaredStages = ({ problems, stages }: Manifest): string[] | undefined => (problems.length === 0 ? Object.keys(stages) : undefined);

const nameWidth = 12;

function checkText({ name, state, what, mend }: Check, style: Style): string {
  const sign = { ok: style.good("ok  "), warn: style.warn("warn"), fail: style.bad("fail") }[state];
  const line = `${sign}  ${name.padEnd(nameWidth)}  ${plainText(what)}\n`;
  return mend === undefined ? line : `${line}      ${"".padEnd(nameWidth)}  ${style.dim("mend:")} ${plainText(mend)}\n`;
}
