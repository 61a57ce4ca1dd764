import { mappingModule, mappingSql, printMapping } from "../../wrangle/nested/print-mapping.ts";
import { type CliContext, printJson } from "../context.ts";
import { withClient } from "../with-client.ts";

interface MappingOptions {
  kind: "table" | "topic";
  as: "typescript" | "sql" | "yaml";
  into?: string;
}

/** Prints a mapping of an entry of the catalog, in the form in which it is edited. */
export async function printCatalogMapping(context: CliContext, [name]: [string], { kind, as, into }: MappingOptions): Promise<void> {
  await withClient(context, "stored", async ({ client }) => {
    const { from, mapping } = await client.catalogMapping(kind, name);
    if (context.options.json) return printJson(context, { from, mapping });
    const use = { from, into: into ?? `${name.includes(".") ? name : `main.${name}`}_flat` };
    await context.print(as === "typescript" ? mappingModule(mapping, use) : as === "sql" ? mappingSql(mapping, use) : printMapping(mapping, as));
  });
}
