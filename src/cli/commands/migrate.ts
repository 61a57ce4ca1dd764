import { resolve } from "node:path";
import { MillraceError } from "../../errors.ts";
import type { ProfileDecl } from "../../model/profile.ts";
import { readConfiguredProject } from "../../supervisor/definitions/read-project.ts";
import { migrate as carry, type PartReport } from "../../supervisor/migrate/migrate.ts";
import { type ProfilePart, profileParts } from "../../supervisor/migrate/migration-journal.ts";
import { type CliContext, printJson } from "../context.ts";
import { findProject } from "../find-project.ts";
import { bytesText, countText } from "../output/number-text.ts";

type MigrationTarget = "cluster" | "kafka" | "s3" | "postgres";

const partOf: Record<Exclude<MigrationTarget, "cluster">, ProfilePart> = { kafka: "log", s3: "files", postgres: "state" };
const noteEveryMs = 5_000;

/** Carries what the data folder holds to where the configuration says. */
export async function migrate(context: CliContext, _: [], { to, dryRun }: { to: MigrationTarget[]; dryRun?: boolean }): Promise<void> {
  const { folder, config } = await readConfiguredProject(findProject(process.cwd(), context.options.project));
  const { data, json } = context.options;
  const reports = await carry({ dataFolder: data === undefined ? config.dataDir : resolve(data), profile: config.profile, parts: chosenParts(to, config.profile, folder), dryRun, onProgress: progress(context) });
  if (json) return printJson(context, { dryRun: dryRun === true, parts: reports });
  await context.print(reports.map((report) => told(report, context)).join(""));
}

/** @throws MillraceError `MR-MIGRATE-001` when the configuration does not say where to */
function chosenParts(to: readonly MigrationTarget[], profile: ProfileDecl, folder: string): ProfilePart[] {
  const missing = to.find((target) => target !== "cluster" && profile[partOf[target]] === undefined);
  const parts = to.includes("cluster") ? profileParts.filter((part) => profile[part] !== undefined) : to.map((target) => partOf[target as keyof typeof partOf]);
  if (missing === undefined && parts.length > 0) return parts;
  throw new MillraceError("MR-MIGRATE-001", { what: `the configuration names no place for ${missing ?? "anything"}`, where: folder, mend: "write it in millrace.config.ts: profile: { log: kafkaLog(…), files: s3Files(…), state: postgresState(…) }" });
}

/** A line now and then: a large lake takes hours. */
function progress(context: CliContext): (part: ProfilePart, what: string, amount: number) => void {
  let done = 0;
  let last = performance.now();
  return (part, what, amount) => {
    done += amount;
    if (performance.now() - last < noteEveryMs) return;
    last = performance.now();
    context.note(`${part}: ${what}; ${part === "files" ? bytesText(done) : countText(done)} so far`);
  };
}

function told({ part, to, state, counts, bytes, digests = {} }: PartReport, { style, options }: CliContext): string {
  const sums = [...Object.entries(counts).map(([what, count]) => `${countText(count)} ${what.replaceAll("_", " ")}`), ...(bytes === undefined ? [] : [bytesText(bytes)])];
  const lines = [`${style.good(part.padEnd(5))}  ${state}, to ${to}`, ...(sums.length > 0 ? [`       ${sums.join(", ")}`] : [])];
  if (Object.keys(digests).length > 0) lines.push(style.dim(`       compared: ${Object.keys(digests).length} digests agree`));
  if (options.verbose) lines.push(...Object.entries(digests).map(([what, digest]) => style.dim(`       ${digest}  ${what}`)));
  return `${lines.join("\n")}\n`;
}
