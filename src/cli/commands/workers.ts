import { type CliContext, printJson } from "../context.ts";
import type { JoinTokenJson, WorkerJson } from "../../server/routes/workers.ts";
import { momentText } from "../output/moment-text.ts";
import { countText } from "../output/number-text.ts";
import { plainText } from "../output/plain-text.ts";
import { tableText } from "../output/table-text.ts";
import { tokenState } from "../output/token-state.ts";
import { withClient } from "../with-client.ts";
import { purposeOf } from "./worker.ts";

export async function listWorkers(context: CliContext): Promise<void> {
  await withClient(context, "running", async ({ client }) => {
    const workers = await client.workers();
    if (context.options.json) return printJson(context, { workers });
    if (workers.length === 0) return context.note("No worker has joined.");
    const columns = [{ title: "worker" }, { title: "for" }, { title: "machine" }, { title: "version" }, { title: "works on", align: "right" as const }, { title: "last heard (UTC)" }, { title: "identity until" }];
    await context.print(tableText(columns, workers.map(workerRow), context));
  });
}

const workerRow = (worker: WorkerJson): string[] => [worker.worker, purposeText(worker), worker.machine, worker.version, countText(worker.working), `${momentText(worker.heardAt, "UTC")}${worker.connected ? "" : ", away"}`, momentText(worker.identityUntil, "UTC")];

const purposeText = ({ stage, pool }: { stage?: string; pool?: string }): string => (stage === undefined ? `pool ${pool}` : `stage ${stage}`);

export async function createJoinToken(context: CliContext, _args: [], { stage, pool, for: lasts }: { stage?: string; pool?: string; for?: string }): Promise<void> {
  const purpose = purposeOf(stage, pool);
  await withClient(context, "stored", async ({ client }) => {
    const made = await client.createJoinToken({ ...purpose, ...(lasts !== undefined && { for: lasts }) });
    if (context.options.json) return printJson(context, made);
    // Alone on stdout, so that it goes where it is wanted; it is told this once.
    await context.print(`${made.secret}\n`);
    const until = made.token.expiresAt === null ? "until it is revoked" : `until ${momentText(made.token.expiresAt, "UTC")} UTC`;
    context.note(`With token ${made.token.id} workers of ${plainText(purposeText(made.token))} may join ${until}. It is not kept and cannot be told again.`);
  });
}

export async function listJoinTokens(context: CliContext): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const tokens = await client.joinTokens();
    if (context.options.json) return printJson(context, { tokens });
    if (tokens.length === 0) return context.note("There are no tokens of workers.");
    const columns = [{ title: "token" }, { title: "for" }, { title: "state" }, { title: "made (UTC)" }, { title: "last used" }];
    await context.print(tableText(columns, tokens.map(tokenRow), context));
  });
}

const tokenRow = (token: JoinTokenJson): string[] => [token.id, purposeText(token), tokenState(token), momentText(token.createdAt, "UTC"), token.lastUsedAt === null ? "never" : momentText(token.lastUsedAt, "UTC")];

export async function revokeJoinToken(context: CliContext, [id]: [string]): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const token = await client.revokeJoinToken(id);
    if (context.options.json) return printJson(context, token);
    await context.print(`Nobody joins with token ${token.id} any more, and who has is cut off.\n`);
  });
}
