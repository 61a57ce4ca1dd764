import { Command, Option } from "commander";
import { version } from "../supervisor/version.ts";
import { tokenCommand } from "./token-commands.ts";
import { type Define, definer, group, type Runner } from "./define-command.ts";
import { catalogCommand, crawlCommands } from "./catalog-commands.ts";
import { dagCommands } from "./dag-commands.ts";
import { profileCommand } from "./profile-command.ts";
import { workerCommands } from "./worker-commands.ts";
import { wrangleCommand } from "./wrangle-command.ts";
import { detectCommand } from "./detect-command.ts";
import { exitCodesHelp } from "./exit-codes.ts";
import { duration, header, places, port, startingPoint, timestamp, wholeNumber } from "./parse-options.ts";

/**
 * The whole command line: names, arguments, options, help.
 * @param run - is given what the chosen command does
 */
export function createProgram(run: Runner): Command {
  const program = new Command("millrace")
    .description("Small stages between typed datasets: live, in batch and over history with the same code.")
    .version(version, "-V, --version", "print the version")
    .option("--project <folder>", "the project (default: the nearest folder upward that is one)")
    .option("--data <folder>", "where its data is kept (default: what the project says, else .millrace in it)")
    .option("--json", "one JSON document on stdout, and nothing else there")
    .option("--no-color", "no colours; NO_COLOR in the environment does the same")
    .option("-v, --verbose", "say more: causes of errors, a more talkative log")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .addHelpText("after", `\n${exitCodesHelp}`);
  const define = definer(run);
  for (const each of [initCommand, upCommand, runCommand, testCommand, checkCommand, modelsCommand, statusCommand, openCommand, tablesCommand, topicsCommand, catalogCommand, crawlCommands, profileCommand, detectCommand, wrangleCommand, sqlCommand, queriesCommand, tokenCommand, dlqCommand, stagesCommand, workerCommands, deployCommand, migrateCommand, importCommand, ...dagCommands, doctorCommand, completionCommand]) each(program, define);
  return program;
}

const fromOption = (): Option => new Option("--from <where>", "start, end, an offset (with --partition) or a time").argParser(startingPoint).default({ from: "end" }, "end");

function initCommand(program: Command, define: Define): void {
  define(program, "init <folder>", "make a project that runs at once", ["millrace init my-project", "millrace init my-project --json"], async () => (await import("./commands/init.ts")).init);
}

function upCommand(program: Command, define: Define): void {
  define(
    program,
    "up",
    "bring the project up: its stages, its tables, its REST service",
    ["millrace up", "millrace up --port 8080", "millrace up --until-idle --json > summary.json"],
    async () => (await import("./commands/up.ts")).up,
    (command) =>
      command
        .option("--until-idle", "leave when every bounded source is drained and everything caught up")
        .option("--in-process", "all stages in this process, for debugging")
        .option("--no-dags", "leave the DAGs alone: no run is made, and none goes on")
        .option("--port <number>", "where the REST service listens (default: the project's, else one that is free)", port)
        .option("--host <name>", "the address it listens at: loopback, or with a certificate any")
        .option("--tls-cert <path>", "a file with the certificate to listen with, in PEM (default: the project's)")
        .option("--tls-key <path>", "a file with its key")
        .option("--away <stage...>", "stages that workers on other machines run, and not this one"),
  );
}

function runCommand(program: Command, define: Define): void {
  define(
    program,
    "run <target...>",
    "build models; or run one DAG; or one stage, or what writes one table, until its input is caught up",
    ["millrace run +sales.daily", "millrace run tag:nightly --exclude sales.slow", "millrace run 'sales.*' --full", "millrace run nightly", "millrace run route-flights"],
    async () => (await import("./commands/run.ts")).runTargets,
    (command) =>
      command
        .option("--exclude <model...>", "models that are not built, in the same words")
        .option("--full", "models: build incremental ones from the beginning")
        .option("--branch <name>", "models: build a branch of their tables, which nobody sees before it is published")
        .option("--interval-start <time>", "models, a DAG: start of the data interval (with --interval-end)")
        .option("--interval-end <time>", "models: its end")
        .option("--in-process", "a stage: in this process, for debugging"),
  );
}

function testCommand(program: Command, define: Define): void {
  define(
    program,
    "test [model...]",
    "run the checks of models over the rows that are there, and their unit tests",
    ["millrace test", "millrace test +sales.daily", "millrace test tag:nightly --unit"],
    async () => (await import("./commands/test-models.ts")).testModels,
    (command) => command.option("--exclude <model...>", "models that are left out").option("--unit", "unit tests alone").option("--checks", "checks alone"),
  );
}

function checkCommand(program: Command, define: Define): void {
  define(
    program,
    "check [dataset]",
    "judge a table or a topic by its checks; without one, show how all were judged last",
    ["millrace check", "millrace check sales.daily", "millrace check topics.orders --explain", "millrace check sales.daily --at 5077483951627 --json"],
    async () => (await import("./commands/check.ts")).check,
    (command) =>
      command
        .option("--explain", "judge nothing: show the tier of each check, and the statements")
        .option("--exact", "count what breaks a check also where it is known that something does")
        .option("--at <version>", "a table: judge this snapshot, tag or branch (default: the current version, of which alone the judgement is kept)"),
  );
}

function modelsCommand(program: Command, define: Define): void {
  const models = group(program, "models", "look at tables that are made by statements", ["millrace models list", "millrace models list +sales.daily"]);
  define(models, "list [model...]", "list models, each behind those it reads", ["millrace models list", "millrace models list tag:nightly --json"], async () => (await import("./commands/models-list.ts")).listModels, (command) => command.option("--exclude <model...>", "models that are left out"));
  define(
    models,
    "publish [model...]",
    "make what was built on a branch the tables themselves",
    ["millrace run 'sales.*' --branch rebuild", "millrace models publish --branch rebuild"],
    async () => (await import("./commands/models-publish.ts")).publishModels,
    (command) => command.requiredOption("--branch <name>", "the branch").option("--exclude <model...>", "models that are left out"),
  );
  define(models, "show <model>", "show a model's statement, its columns, and where they come from", ["millrace models show sales.daily", "millrace models show sales.daily --json | jq .lineage"], async () => (await import("./commands/models-show.ts")).showModel);
}

function statusCommand(program: Command, define: Define): void {
  define(program, "status", "show stages, sources, topics and tables", ["millrace status", "millrace status --json | jq '.stages[] | {name, state, lagRecords}'"], async () => (await import("./commands/status.ts")).status);
}

function openCommand(program: Command, define: Define): void {
  define(program, "open", "open the web interface, signed in", ["millrace open", "millrace open --print"], async () => (await import("./commands/open.ts")).open, (command) => command.option("--print", "print the link, and open nothing"));
}

function tablesCommand(program: Command, define: Define): void {
  const tables = group(program, "tables", "look at tables and their versions, and give these names", ["millrace tables list", "millrace tables tag sales.orders eoy-2026"]);
  define(tables, "list", "list all tables of the lake", ["millrace tables list"], async () => (await import("./commands/tables.ts")).listTables);
  define(
    tables,
    "show <table>",
    "show a table's versions, tags and branches",
    ["millrace tables show sales.orders", "millrace tables show sales.orders --limit 100"],
    async () => (await import("./commands/tables.ts")).showTable,
    (command) => command.option("--limit <versions>", "most versions, the newest first", wholeNumber(1, 100), 10),
  );
  define(
    tables,
    "tag <table> <tag>",
    "give a version a name; it stays for as long as it has it",
    ["millrace tables tag sales.orders eoy-2026", "millrace tables tag sales.orders before-the-change --at 7421903312 --keep-for 30d"],
    async () => (await import("./commands/tables.ts")).tagTable,
    (command) => command.option("--at <version>", "id of a snapshot, a tag or a branch (default: the table as it is)").option("--keep-for <duration>", "counted from the version's own time; then the tag goes (default: never)", duration),
  );
  define(tables, "untag <table> <tag>", "take the name of a version back", ["millrace tables untag sales.orders eoy-2026"], async () => (await import("./commands/tables.ts")).untagTable);
}

function topicsCommand(program: Command, define: Define): void {
  const topics = group(program, "topics", "look into topics and produce to them", ["millrace topics list", "millrace topics tail orders"]);
  define(topics, "list", "list all topics", ["millrace topics list"], async () => (await import("./commands/topics-list.ts")).listTopics, (command) => command.option("-a, --all", "those that Millrace keeps for itself too"));
  define(topics, "describe <topic>", "show a topic's fields, settings and partitions", ["millrace topics describe orders"], async () => (await import("./commands/topics-describe.ts")).describeTopic);
  define(
    topics,
    "tail <topic>",
    "print a topic's records, and new ones as they come",
    ["millrace topics tail orders", "millrace topics tail orders --from start --limit 10", "millrace topics tail orders --from 2026-01-31T12:00:00Z --json | jq .value"],
    async () => (await import("./commands/topics-tail.ts")).tailTopic,
    (command) =>
      command
        .addOption(fromOption())
        .option("--partition <number>", "this one alone", wholeNumber(0, 2 ** 31 - 1))
        .option("--limit <records>", "leave after so many; with --from end, the newest there are come first", wholeNumber(1))
        .option("--no-follow", "leave at the end of what is there"),
  );
  define(
    topics,
    "produce <topic> [json...]",
    "produce records: arguments, or a JSON object a line from stdin",
    [`millrace topics produce orders '{"id":"o-1","amount":12}'`, "millrace topics produce orders < orders.ndjson", `millrace topics produce events '{"n":1}' --key k --header source=shell`],
    async () => (await import("./commands/topics-produce.ts")).produce,
    (command) =>
      command
        .option("--key <text>", "the key of every record (default: the topic's key field)")
        .option("--header <name=value>", "a header of every record; may be given several times", header)
        .option("--event-time <time>", "the event time of every record (default: the topic's event-time field)", timestamp),
  );
}

function sqlCommand(program: Command, define: Define): void {
  define(
    program,
    "sql [statement]",
    "run a SELECT over tables and topics",
    [`millrace sql "select count(*) from flights.clean"`, "millrace sql -f report.sql --format csv > report.csv", "millrace sql --timeout 2m --limit 10 < report.sql", `millrace sql "from flights.clean" --output flights.parquet`],
    async () => (await import("./commands/sql.ts")).sql,
    (command) =>
      command
        .option("-f, --file <path>", "read the statement from a file; - is stdin")
        .addOption(new Option("--format <form>", "how rows are printed (default: table, or json with --json)").choices(["table", "json", "csv", "spreadsheet", "arrow", "parquet"]))
        .option("-o, --output <path>", "write the whole result to a file, in the form of its name; --limit does not hold")
        .option("--timeout <duration>", "give up after this long, at most 10m", duration, "30s")
        .option("--limit <rows>", "most rows", wholeNumber(1, 100_000), 1_000),
  );
}

function queriesCommand(program: Command, define: Define): void {
  const queries = group(program, "queries", "look at statements that ran, and end those that run", ["millrace queries list", "millrace queries show q0mbn5zk2a-3f9c2a1b7d40"]);
  define(
    queries,
    "list",
    "list statements, the newest first, with what each cost",
    ["millrace queries list", "millrace queries list --state running,queued"],
    async () => (await import("./commands/queries.ts")).listQueries,
    (command) =>
      command
        .option("--state <states>", "those alone, with commas: queued, running, succeeded, failed, cancelled")
        .option("--limit <queries>", "most queries", wholeNumber(1, 1_000), 20)
        .option("--before <query>", "those before this one"),
  );
  define(queries, "show <query>", "show a statement: state, cost, what it read", ["millrace queries show q0mbn5zk2a-3f9c2a1b7d40"], async () => (await import("./commands/queries.ts")).showQuery);
  define(queries, "cancel <query>", "end a statement that runs", ["millrace queries cancel q0mbn5zk2a-3f9c2a1b7d40"], async () => (await import("./commands/queries.ts")).cancelQuery);
}

function dlqCommand(program: Command, define: Define): void {
  const dlq = group(program, "dlq", "look at dead letters, send them again or discard them", ["millrace dlq list", "millrace dlq redrive enrich-orders"]);
  define(dlq, "list", "list stages with how many dead letters each has", ["millrace dlq list"], async () => (await import("./commands/dlq-list.ts")).listDeadLetters);
  define(
    dlq,
    "show <stage>",
    "print a stage's dead letters and why they are there, the newest last",
    ["millrace dlq show enrich-orders", "millrace dlq show enrich-orders --limit 100 --json"],
    async () => (await import("./commands/dlq-show.ts")).showDeadLetters,
    (command) => command.option("--limit <records>", "most records", wholeNumber(1, 1_000), 20).addOption(fromOption()).option("--partition <number>", "this one alone", wholeNumber(0, 2 ** 31 - 1)),
  );
  define(
    dlq,
    "redrive <stage>",
    "send a stage's dead letters through it again",
    ["millrace dlq redrive enrich-orders --dry-run", "millrace dlq redrive enrich-orders --limit 100 --error-code MR-ENGINE-001", "millrace dlq redrive enrich-orders --record 0:17 3:2"],
    async () => (await import("./commands/dlq-redrive.ts")).redrive,
    lettersOptions,
  );
  define(
    dlq,
    "discard <stage>",
    "let a stage's dead letters wait no longer; their topic keeps them until its retention",
    ["millrace dlq discard enrich-orders --dry-run", "millrace dlq discard enrich-orders --error-code MR-QUALITY-004", "millrace dlq discard enrich-orders --record 0:17"],
    async () => (await import("./commands/dlq-discard.ts")).discard,
    (command) => lettersOptions(command).option("-y, --yes", "do not ask"),
  );
}

/** Which dead letters. */
const lettersOptions = (command: Command): Command =>
  command.option("--limit <records>", "most records, the oldest first", wholeNumber(1)).option("--error-code <code>", "those alone that failed with this code").option("--record <partition:offset...>", "these alone, by their places as `dlq show` has them", places).option("--dry-run", "only count them");

function deployCommand(program: Command, define: Define): void {
  define(
    program,
    "deploy",
    "write what the project needs to run on several machines",
    ["millrace deploy --target kubernetes --image registry.example.com/shop:2026-11-01", "millrace deploy --target compose", "millrace deploy --target systemd --out /tmp/units"],
    async () => (await import("./commands/deploy.ts")).deploy,
    (command) =>
      command
        .addOption(new Option("--target <name>", "what it is written for").choices(["kubernetes", "compose", "systemd"]).makeOptionMandatory())
        .option("--out <folder>", "where to (default: deploy/<target> in the project)")
        .option("--image <name>", "the image that holds the project (default: the project's name)")
        .option("--replicas <number>", "control planes (default: 2 where the state is in PostgreSQL, else 1)", wholeNumber(1, 100))
        .option("--records-per-second <number>", "what one process of a stage reads: scalers start another one when more than its target of seconds waits", wholeNumber(1, 100_000_000), 1_000),
  );
}

function importCommand(program: Command, define: Define): void {
  const imports = group(program, "import", "make a project of one that another tool runs", ["millrace import dbt ../shop"]);
  define(
    imports,
    "dbt <folder>",
    "make a project of a dbt project, with a report of what was not understood",
    ["millrace import dbt ../shop", "millrace import dbt ../shop --dry-run", "millrace import dbt ../shop --into shop --target prod"],
    async () => (await import("./commands/import-dbt.ts")).importDbt,
    (command) =>
      command
        .option("--into <folder>", "a folder that is new or empty (default: the project's folder with -millrace)")
        .option("--target <name>", "the target of the profile that names of schemas are made for (default: the profile's own)")
        .option("--schema <name>", "the schema of that target (default: the one in profiles.yml, else main)")
        .option("--vars <yaml>", "variables, in place of those in dbt_project.yml: '{load_source_data: true}'")
        .option("--dry-run", "only report"),
  );
}

function stagesCommand(program: Command, define: Define): void {
  const stages = group(program, "stages", "pause, resume and scale stages", ["millrace stages pause enrich-orders", "millrace stages scale enrich-orders --min 1 --max 4"]);
  define(stages, "pause <stage>", "stop a stage behind its epoch; it stays so until it is resumed", [`millrace stages pause enrich-orders --reason "airports are being reloaded"`], async () => (await import("./commands/stages.ts")).pauseStage, (command) => command.option("--reason <text>", "told to whoever looks"));
  define(stages, "resume <stage>", "let a paused stage go on", ["millrace stages resume enrich-orders"], async () => (await import("./commands/stages.ts")).resumeStage);
  define(
    stages,
    "scale <stage>",
    "set how many processes a stage may have",
    ["millrace stages scale enrich-orders --max 4", "millrace stages scale enrich-orders --min 2 --max 2"],
    async () => (await import("./commands/stages.ts")).scaleStage,
    (command) => command.option("--min <processes>", "fewest", wholeNumber(0, 1_024)).option("--max <processes>", "most", wholeNumber(1, 1_024)),
  );
}

function migrateCommand(program: Command, define: Define): void {
  define(
    program,
    "migrate",
    "carry an embedded project's data to what its profile names: Kafka, S3, PostgreSQL",
    ["millrace migrate --to cluster --dry-run", "millrace migrate --to cluster", "millrace migrate --to s3 postgres"],
    async () => (await import("./commands/migrate.ts")).migrate,
    (command) =>
      command
        .addOption(new Option("--to <where...>", "all that the profile names, or some of it").choices(["cluster", "kafka", "s3", "postgres"]).makeOptionMandatory())
        .option("--dry-run", "only say what would be carried, with counts and bytes"),
  );
}

function doctorCommand(program: Command, define: Define): void {
  define(program, "doctor", "check this machine, the project and its data folder", ["millrace doctor", "millrace doctor --json"], async () => (await import("./commands/doctor.ts")).doctor);
}

function completionCommand(program: Command, define: Define): void {
  define(
    program,
    "completion <shell>",
    "print the completion script of bash, zsh or fish",
    ["millrace completion bash >> ~/.bashrc", "millrace completion zsh > ~/.zfunc/_millrace", "millrace completion fish > ~/.config/fish/completions/millrace.fish"],
    async () => {
      const { completion } = await import("./commands/completion.ts");
      return (context, args) => completion(context, args, program);
    },
  );
}
