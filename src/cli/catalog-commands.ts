import { type Command, Option } from "commander";
import { type Define, group } from "./define-command.ts";
import { wholeNumber } from "./parse-options.ts";

const kindOption = (): Option => new Option("--kind <kind>", "of the entry").choices(["table", "topic", "database"]);
const several = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];

/** Looking into the catalog, and writing in it. */
export function catalogCommand(program: Command, define: Define): void {
  const catalog = group(program, "catalog", "find datasets, and say what they are", ["millrace catalog search customer", "millrace catalog show raw.orders"]);
  define(catalog, "list", "list databases, tables and topics", ["millrace catalog list", "millrace catalog list --kind table --json"], async () => (await import("./commands/catalog.ts")).listCatalog, (command) => command.addOption(kindOption()));
  define(
    catalog,
    "search <word...>",
    "find entries by words in their names, columns, tags and descriptions",
    ["millrace catalog search customer", "millrace catalog search e-mail --kind table"],
    async () => (await import("./commands/catalog.ts")).searchCatalog,
    (command) => command.addOption(kindOption()).option("--limit <entries>", "most entries", wholeNumber(1, 1_000), 20),
  );
  define(catalog, "show <entry>", "show an entry: its columns, what is said of them, and by whom", ["millrace catalog show raw.orders", "millrace catalog show orders --kind topic"], async () => (await import("./commands/catalog.ts")).showEntry, (command) => command.addOption(kindOption().default("table")));
  define(
    catalog,
    "mapping <entry>",
    "print a mapping of its fields to columns, to be edited and applied",
    ["millrace catalog mapping raw.quakes > quakes.ts", "millrace catalog mapping raw.quakes --as sql"],
    async () => (await import("./commands/catalog-mapping.ts")).printCatalogMapping,
    (command) =>
      command
        .addOption(new Option("--kind <kind>", "of the entry").choices(["table", "topic"]).default("table"))
        .addOption(new Option("--as <form>", "a file of a project, a statement, or the lines alone").choices(["typescript", "sql", "yaml"]).default("typescript"))
        .option("--into <table>", "the table that its rows would make (default: the entry's name with _flat)"),
  );
  define(catalog, "versions <entry>", "list what changed in an entry, when, and by whom", ["millrace catalog versions raw.orders"], async () => (await import("./commands/catalog.ts")).listVersions, (command) => command.addOption(kindOption().default("table")));
  define(
    catalog,
    "note <entry>",
    "say what an entry is, or one of its columns; an empty text takes it back",
    [`millrace catalog note raw.orders --description "Orders as the shop sends them" --owner sales`, "millrace catalog note raw.orders --column customer --personal none"],
    async () => (await import("./commands/catalog.ts")).noteEntry,
    (command) =>
      command
        .addOption(kindOption().default("table"))
        .option("--column <name>", "of this column, and not of the entry")
        .option("--description <text>", "what it holds")
        .option("--owner <name>", "who answers for it; of entries alone")
        .option("--tag <name>", "a tag; all that people have given, so may be given several times", several)
        .option("--personal <kind>", "the kind of personal data in the column; none: it holds none")
        .option("--by <name>", "who says it"),
  );
}

export function crawlCommands(program: Command, define: Define): void {
  define(
    program,
    "crawl <target>",
    "look through a folder of raw files for tables: a crawler of the project, or any folder",
    ["millrace crawl raw-jira", "millrace crawl data/raw --into raw --dry-run"],
    async () => (await import("./commands/crawl.ts")).crawl,
    (command) => command.option("--into <database>", "of a folder's tables (default: the folder's name)").option("--dry-run", "only say what would be found and changed"),
  );
  const crawls = group(program, "crawls", "look at crawlers and what each crawl has found", ["millrace crawls list", "millrace crawls show 8f0c2b1a-…"]);
  define(crawls, "list", "list crawls, the newest first", ["millrace crawls list", "millrace crawls list --crawler raw-jira"], async () => (await import("./commands/crawl.ts")).listCrawls, (command) => command.option("--crawler <name>", "of this one alone"));
  define(crawls, "show <crawl>", "show what a crawl has found and changed, and why", ["millrace crawls show 8f0c2b1a-5f7e-4e0a-9a38-1d1c9e1a7f10"], async () => (await import("./commands/crawl.ts")).showCrawl);
  define(crawls, "crawlers", "list the project's crawlers", ["millrace crawls crawlers"], async () => (await import("./commands/crawl.ts")).listCrawlers);
}
