import type { AccessEvent } from "../../govern/access-audit.ts";
import { type CliContext, printJson } from "../context.ts";
import { momentText } from "../output/moment-text.ts";
import { countText } from "../output/number-text.ts";
import { plainText } from "../output/plain-text.ts";
import { tableText } from "../output/table-text.ts";
import { tokenState } from "../output/token-state.ts";
import { withClient } from "../with-client.ts";

export async function createToken(context: CliContext, _args: [], { for: audience, name, expires }: { for: string; name: string; expires?: string }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const made = await client.createToken({ audience, name, expires });
    if (context.options.json) return printJson(context, made);
    // Alone on stdout, so that it goes where it is wanted; it is told this once.
    await context.print(`${made.secret}\n`);
    const until = made.token.expiresAt === null ? "until it is revoked" : `until ${momentText(made.token.expiresAt, "UTC")} UTC`;
    context.note(`Token ${made.token.id} for ${plainText(audience)}, good ${until}. It is not kept and cannot be told again.`);
  });
}

export async function listTokens(context: CliContext): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const tokens = await client.tokens();
    if (context.options.json) return printJson(context, { tokens });
    if (tokens.length === 0) return context.note("There are no tokens of readers.");
    const columns = [{ title: "token" }, { title: "for" }, { title: "name" }, { title: "state" }, { title: "made (UTC)" }, { title: "last used" }];
    const rows = tokens.map((token) => [token.id, token.audience, token.name, tokenState(token), momentText(token.createdAt, "UTC"), token.lastUsedAt === null ? "never" : momentText(token.lastUsedAt, "UTC")]);
    await context.print(tableText(columns, rows, context));
  });
}

export async function revokeToken(context: CliContext, [id]: [string]): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const token = await client.revokeToken(id);
    if (context.options.json) return printJson(context, token);
    await context.print(`Token ${token.id} of ${plainText(token.audience)} opens nothing any more.\n`);
  });
}

export async function listTokenEvents(context: CliContext, _args: [], { limit, before }: { limit: number; before?: string }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const page = await client.tokenEvents(limit, before);
    if (context.options.json) return printJson(context, page);
    if (page.events.length === 0) return context.note("There are no such events.");
    const columns = [{ title: "at (UTC)" }, { title: "what" }, { title: "times", align: "right" as const }, { title: "token" }, { title: "for" }, { title: "name" }, { title: "detail" }];
    await context.print(tableText(columns, page.events.map(eventRow), context));
    if (page.next !== null) context.note(context.errorStyle.dim(`There may be more: --before ${plainText(page.next)}`));
  });
}

const eventRow = ({ lastAt, what, count, token, audience, name, detail }: AccessEvent): string[] => [momentText(lastAt, "UTC"), what, countText(count), token, audience, name, detail];
