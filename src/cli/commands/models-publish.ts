import { type CliContext, printJson } from "../context.ts";
import { plainText } from "../output/plain-text.ts";
import { withClient } from "../with-client.ts";

export async function publishModels(context: CliContext, [select]: [string[]], { branch, exclude }: { branch: string; exclude?: string[] }): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const models = await client.publishModels({ branch, ...(select.length > 0 && { select }), ...(exclude && { exclude }) });
    if (context.options.json) return printJson(context, { models });
    await context.print(models.map((name) => `${plainText(name)} is what was built on ${plainText(branch)}\n`).join(""));
  });
}
