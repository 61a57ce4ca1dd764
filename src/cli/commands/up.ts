import { tokenFile } from "../../supervisor/data-folder.ts";
import type { Millrace } from "../../supervisor/up.ts";
import { asMillraceError, MillraceError } from "../../errors.ts";
import type { Problem } from "../../model/manifest.ts";
import type { ProjectStatus, ProjectSummary } from "../../server/control-plane.ts";
import { signInLink } from "../sign-in-link.ts";
import { Client } from "../client.ts";
import { type CliContext, printJson } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { findProject } from "../find-project.ts";
import { nextStepsText, shellWord } from "../output/next-steps-text.ts";
import { plainText } from "../output/plain-text.ts";
import { problemsText, reasonsText } from "../output/status-text.ts";
import { summaryText } from "../output/summary-text.ts";
import { type Progress, progressOn } from "../progress.ts";
import { type RunSummary, RunWatch } from "../run-summary.ts";
import { brokenStages, Settling } from "../settling.ts";
import { watchRun } from "../watch-run.ts";

interface UpOptions {
  untilIdle?: boolean;
  inProcess?: boolean;
  dags: boolean;
  port?: number;
  host?: string;
  tlsCert?: string;
  tlsKey?: string;
  away?: string[];
}

/** Runs the project until it is interrupted, fails, or (where asked for) has nothing left to do. */
export async function up(context: CliContext, _args: [], { untilIdle = false, inProcess, dags, port, host, tlsCert, tlsKey, away }: UpOptions): Promise<ExitCode> {
  const { options } = context;
  const projectFolder = findProject(process.cwd(), options.project);
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw new MillraceError("MR-CLI-001", { what: "one of the certificate and its key is missing", where: "--tls-cert, --tls-key", mend: "give both, or none" });
  const tls = tlsCert === undefined || tlsKey === undefined ? undefined : { cert: tlsCert, key: tlsKey };
  const { startMillrace } = await import("../../supervisor/up.ts");
  for (let at = port; ; ) {
    const anew = new AbortController();
    // What this process has loaded of a project's code it cannot load again.
    const onStartAnew = inProcess ? undefined : () => anew.abort();
    const millrace = await startMillrace({ projectFolder, dataFolder: options.data, port: at, host, tls, away, inProcess, dags, onStartAnew, logLevel: options.verbose ? "debug" : "info" });
    const session = new UpSession(context, millrace, untilIdle, anew.signal);
    try {
      const code = await session.run();
      if (!anew.signal.aborted || context.signal.aborted) return code;
    } finally {
      await session.close();
    }
    // Whoever has the page open finds it where it was.
    at = portOf(millrace.address);
  }
}

/** An address does not name the port that its protocol has anyway. */
function portOf(address: string): number {
  const { port, protocol } = new URL(address);
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

class UpSession {
  readonly #context: CliContext;
  readonly #millrace: Millrace;
  readonly #untilIdle: boolean;
  readonly #anew: AbortSignal;
  readonly #client: Client;
  readonly #progress: Progress;
  readonly #settling = new Settling();
  readonly #watch = new RunWatch();
  #summary: RunSummary | undefined;

  /** @param anew - aborted when Millrace is to start anew */
  constructor(context: CliContext, millrace: Millrace, untilIdle: boolean, anew: AbortSignal) {
    this.#context = context;
    this.#millrace = millrace;
    this.#untilIdle = untilIdle;
    this.#anew = anew;
    this.#client = new Client(millrace);
    this.#progress = progressOn(process.stderr, context.errorStyle);
  }

  async run(): Promise<ExitCode> {
    await this.#greet();
    const last = await watchRun({
      client: this.#client,
      progress: this.#progress,
      signal: AbortSignal.any([this.#context.signal, this.#anew]),
      failed: this.#millrace.failed,
      look: (status) => this.#look(status),
      message: () => (this.#summary ? "up; Ctrl-C drains and ends it" : "Ctrl-C drains; the next start goes on from there"),
    });
    this.#progress.clear();
    if (!last || this.#anew.aborted) return exitCodes.interrupted;
    if (this.#context.options.json) await printJson(this.#context, await this.#final(last));
    const problems = this.#summary?.problems ?? last.problems;
    return problems.length + brokenStages(last).length > 0 ? exitCodes.failed : exitCodes.ok;
  }

  /** One that stayed up has taken records since its summary was printed. */
  async #final(last: ProjectStatus): Promise<RunSummary> {
    return this.#untilIdle && this.#summary ? this.#summary : (await this.#take(last)).summary;
  }

  async close(): Promise<void> {
    if (this.#anew.aborted) this.#context.note("A release that changes stages was applied: draining, to start anew with it.");
    else if (this.#context.signal.aborted) this.#context.note("Draining; Ctrl-C once more ends it at once, and loses nothing either.");
    await this.#millrace.close();
  }

  async #greet(): Promise<void> {
    const { url, address, dataFolder, control, inFolder } = this.#millrace;
    const { problems, project, release, dags } = control.manifest();
    const { errorStyle: style } = this.#context;
    if (problems.length > 0) this.#context.note(`${problemsText({ problems }, style)}${style.warn("The rest of the project goes on without these parts.")}\n`);
    this.#context.note(`${style.bold(plainText(project))} is up at ${style.accent(url)}; data in ${plainText(dataFolder)}`);
    if (!this.#untilIdle) this.#context.note(`See it in a browser: ${style.accent(signInLink(url, (await this.#client.invite()).secret))}`);
    if (address !== url) this.#context.note(`Others reach it at ${style.accent(address)}`);
    if (release !== inFolder && Object.keys(dags).length > 0) this.#context.note(style.warn(`New runs of DAGs get release ${release}, and not ${inFolder} of the folder; see millrace plan.`));
  }

  async #look(status: ProjectStatus): Promise<boolean> {
    this.#watch.look(status);
    const settled = this.#settling.look(status, performance.now());
    if (settled === "working" || this.#summary) return false;
    const { summary, results } = await this.#take(status);
    this.#summary = summary;
    this.#progress.clear();
    if (!this.#context.options.json) await this.#tell(status, results);
    return this.#untilIdle;
  }

  /** The figures as they are now. A summary query that fails is one of the run's problems, and hides nothing else. */
  async #take(status: ProjectStatus): Promise<{ summary: RunSummary; results: ProjectSummary }> {
    const seconds = performance.now() / 1_000;
    const failed: Problem[] = [];
    const results = await this.#client.summary().catch((error: unknown): ProjectSummary => {
      failed.push({ ...asMillraceError(error, "a summary query").toJSON(), file: "millrace.config" });
      return { results: [] };
    });
    // Rows are counted once more: what the queries saw is committed by now.
    const latest = await this.#client.status().catch(() => status);
    const summary = this.#watch.summary({ ...latest, problems: [...latest.problems, ...failed] }, results, seconds);
    return { summary, results };
  }

  async #tell(status: ProjectStatus, results: ProjectSummary): Promise<void> {
    const { style, width, print, options } = this.#context;
    const summary = this.#summary as RunSummary;
    const bounded = status.sources.some((source) => source.bounded);
    const how = status.idle ? "caught up after" : "came to a stand after";
    if (bounded || this.#untilIdle) await print(summaryText(summary, results, how, { style, width }));
    await print(reasonsText(status.stages, style) + problemsText(summary, style));
    if (this.#untilIdle) return;
    const globals = [options.project === undefined ? "" : ` --project ${shellWord(options.project)}`, options.data === undefined ? "" : ` --data ${shellWord(options.data)}`].join("");
    await print(`${bounded ? "\n" : ""}${nextStepsText(this.#millrace.control.manifest(), { style, url: this.#millrace.url, tokenFile: tokenFile(this.#millrace.dataFolder), globals })}`);
  }
}
