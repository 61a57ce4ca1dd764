import { type Command, Option } from "commander";
import { type Define, group } from "./define-command.ts";
import { alertStateList, header, runStateList, slots, span, wholeNumber } from "./parse-options.ts";

const noteOption = (command: Command): Command => command.option("--note <text>", "told to whoever looks");
const paramOptions = (command: Command): Command =>
  command
    .option("--param <name=value>", "a parameter; may be given several times. JSON, else text", header)
    .option("--params <json>", "a JSON object of parameters")
    .option("--params-file <path>", "a file with a JSON object of parameters; - is stdin");

function dagsCommand(program: Command, define: Define): void {
  const dags = group(program, "dags", "look at DAGs, pause and trigger them", ["millrace dags list", "millrace dags trigger flights-daily --wait"]);
  define(dags, "list", "list all DAGs", ["millrace dags list", "millrace dags list --tag finance"], async () => (await import("./commands/dags-list.ts")).listDags, (command) => command.option("--tag <name>", "those with this tag"));
  define(dags, "show <dag>", "show a DAG: schedule, parameters, tasks", ["millrace dags show flights-daily"], async () => (await import("./commands/dags-show.ts")).showDag);
  define(dags, "pause <dag>", "make no more scheduled runs; those that go on end", [`millrace dags pause flights-daily --note "the source is down"`], async () => (await import("./commands/dags-pause.ts")).pauseDag, noteOption);
  define(dags, "resume <dag>", "make scheduled runs again", ["millrace dags resume flights-daily"], async () => (await import("./commands/dags-pause.ts")).resumeDag);
  define(
    dags,
    "trigger <dag>",
    "make a run now",
    ["millrace dags trigger flights-daily", "millrace dags trigger flights-daily --param airline=UA --wait", "millrace dags trigger flights-daily --interval-start 2001-01-01 --interval-end 2001-01-02"],
    async () => (await import("./commands/dags-trigger.ts")).triggerDag,
    (command) =>
      noteOption(paramOptions(command))
        .option("--interval-start <time>", "first instant of its data interval; without an offset, on the DAG's clocks (default: that of the schedule's last whole interval)")
        .option("--interval-end <time>", "the instant behind its data interval")
        .option("--wait", "leave when the run has ended; exit code 1 unless it succeeded"),
  );
}

function runsCommand(program: Command, define: Define): void {
  const runs = group(program, "runs", "look at runs of DAGs and change them", ["millrace runs list --state failed", "millrace runs logs flights-daily.20010101T110000Z stats --follow"]);
  define(
    runs,
    "list",
    "list runs, the newest first",
    ["millrace runs list", "millrace runs list --dag flights-daily --state failed,running", "millrace runs list --json | jq -r '.runs[].id'"],
    async () => (await import("./commands/runs-list.ts")).listRuns,
    (command) =>
      command
        .option("--dag <name>", "of this DAG alone")
        .option("--state <states>", "queued, running, success, failed or cancelled; several with commas", runStateList)
        .option("--backfill <id>", "of this backfill alone")
        .option("--before <run>", "those that were made before this one")
        .option("--limit <runs>", "most runs", wholeNumber(1, 1_000), 20),
  );
  define(runs, "show <run>", "show a run, its tasks and what failed", ["millrace runs show flights-daily.20010101T110000Z"], async () => (await import("./commands/runs-show.ts")).showRun, (command) => command.option("-a, --all", "every item of large maps"));
  define(
    runs,
    "logs <run> <task>",
    "print the log of a task's attempt",
    ["millrace runs logs flights-daily.20010101T110000Z stats --follow", "millrace runs logs flights-daily.20010101T110000Z 'each.load[3]' --attempt 1"],
    async () => (await import("./commands/runs-logs.ts")).showLogs,
    (command) => command.option("--attempt <number>", "this one (default: the newest)", wholeNumber(1, 2 ** 31 - 1)).option("-f, --follow", "new lines as they come, until the attempt ends"),
  );
  define(runs, "explain <run> <task>", "say why a task does not run yet", ["millrace runs explain flights-daily.20010101T110000Z letter"], async () => (await import("./commands/runs-explain.ts")).explainTask);
  define(
    runs,
    "clear <run> [task...]",
    "let tasks run again, and those behind them; none named: all of the run",
    ["millrace runs clear flights-daily.20010101T110000Z stats --dry-run", "millrace runs clear flights-daily.20010101T110000Z --only-failed --yes"],
    async () => (await import("./commands/runs-clear.ts")).clearTasks,
    (command) =>
      noteOption(command)
        .option("--no-downstream", "not those behind them")
        .option("--upstream", "those before them too")
        .option("--only-failed", "of all those, the ones that failed or could not run")
        .addOption(new Option("--release <which>", "whose code they run: that which new runs get, or that which the run has (default: newest)").choices(["newest", "same"]))
        .option("--dry-run", "only say which they are")
        .option("-y, --yes", "do not ask"),
  );
  define(runs, "cancel <run>", "end a run: stop what goes on, start nothing more", ["millrace runs cancel flights-daily.20010101T110000Z"], async () => (await import("./commands/runs-cancel.ts")).cancelRun, noteOption);
  define(
    runs,
    "mark <run> [task...]",
    "say how tasks ended, whatever they did; none named: all of the run that have not succeeded",
    [`millrace runs mark flights-daily.20010101T110000Z stats --state success --note "made by hand"`],
    async () => (await import("./commands/runs-mark.ts")).markTasks,
    (command) =>
      noteOption(command)
        .addOption(new Option("--state <state>", "how they ended").choices(["success", "failed", "skipped"]).makeOptionMandatory())
        .option("--downstream", "those behind them too")
        .option("--upstream", "those before them too")
        .option("--dry-run", "only say which they are"),
  );
  define(
    runs,
    "approve <run> <task>",
    "answer a task that asks for approval",
    ["millrace runs approve flights-daily.20010101T110000Z publish", `millrace runs approve flights-daily.20010101T110000Z publish --reject --note "numbers are off"`],
    async () => (await import("./commands/runs-approve.ts")).approve,
    (command) => noteOption(command).option("--reject", "the answer is no").option("--by <name>", "who answers (default: the user of this machine)"),
  );
}

function backfillCommand(program: Command, define: Define): void {
  const backfill = group(program, "backfill", "run a DAG over a span of the past", ["millrace backfill create flights-daily --from 2001-01-01 --to 2001-02-01", "millrace backfill list"]);
  define(
    backfill,
    "create <dag>",
    "make a backfill, after showing its intervals",
    ["millrace backfill create flights-daily --from 2001-01-01 --to 2001-02-01 --dry-run", "millrace backfill create flights-daily --from 2001-01-01 --to 2001-02-01 --reprocess completed --yes"],
    async () => (await import("./commands/backfill-create.ts")).createBackfill,
    (command) =>
      noteOption(paramOptions(command))
        .requiredOption("--from <time>", "intervals that begin here or later; without an offset, on the DAG's clocks")
        .requiredOption("--to <time>", "intervals that begin before it")
        .addOption(new Option("--order <which>", "which come first (default: oldest)").choices(["oldest", "newest"]))
        .addOption(new Option("--reprocess <which>", "what is done with intervals that have a run: none, those that failed, all that ended (default: none)").choices(["none", "failed", "completed"]))
        .option("--max-active-runs <number>", "at once (default: 10)", wholeNumber(1, 10_000))
        .option("-a, --all", "show every interval")
        .option("--dry-run", "only show them")
        .option("-y, --yes", "do not ask"),
  );
  define(backfill, "list", "list backfills, the newest first", ["millrace backfill list", "millrace backfill list --dag flights-daily"], async () => (await import("./commands/backfill-list.ts")).listBackfills, (command) => command.option("--dag <name>", "of this DAG alone"));
  define(backfill, "show <backfill>", "show a backfill and the intervals it has reached", ["millrace backfill show 3f2a"], async () => (await import("./commands/backfill-list.ts")).showBackfill, (command) => command.option("-a, --all", "every interval reached"));
  define(backfill, "pause <backfill>", "make no more of its runs; those that go on end", ["millrace backfill pause 3f2a"], async () => (await import("./commands/backfill-change.ts")).pauseBackfill, noteOption);
  define(backfill, "resume <backfill>", "let a paused backfill go on", ["millrace backfill resume 3f2a"], async () => (await import("./commands/backfill-change.ts")).resumeBackfill, noteOption);
  define(backfill, "cancel <backfill>", "end a backfill for good", ["millrace backfill cancel 3f2a"], async () => (await import("./commands/backfill-change.ts")).cancelBackfill, noteOption);
}

function tasksCommand(program: Command, define: Define): void {
  const tasks = group(program, "tasks", "try tasks by themselves", ["millrace tasks test flights-daily stats"]);
  define(
    tasks,
    "test <dag> <task>",
    "run one task now, from the project's folder, and keep nothing of it",
    ["millrace tasks test flights-daily stats --at 2001-01-02", `millrace tasks test flights-daily letter --input 'worst={"route":"JFK-LAX"}' --json | jq .result`, "millrace tasks test flights-daily 'each.load[3]'"],
    async () => (await import("./commands/tasks-test.ts")).testTask,
    (command) =>
      paramOptions(command)
        .option("--at <time>", "as for a run by hand at this instant; without an offset, on the DAG's clocks (default: now)")
        .option("--interval <from..to>", "its data interval, the end excluded", span)
        .option("--input <name=value>", "what an input or the item of its map is; may be given several times. JSON, else text (default: from the newest run that succeeded)", header)
        .option("--index <number>", "the item of its map (default: 0)", wholeNumber(0, 999_999_999)),
  );
}

function nextCommand(program: Command, define: Define): void {
  define(program, "next <dag>", "show the coming runs of a DAG's schedule", ["millrace next flights-daily", "millrace next flights-daily --count 3 --json"], async () => (await import("./commands/next.ts")).nextRuns, (command) => command.option("--count <runs>", "how many", wholeNumber(1, 1_000), 10));
}

function poolsCommand(program: Command, define: Define): void {
  const pools = group(program, "pools", "see and set how many tasks go on at once", ["millrace pools list", "millrace pools set warehouse --slots 4"]);
  define(pools, "list", "list pools: slots, used, waiting", ["millrace pools list"], async () => (await import("./commands/pools.ts")).listPools);
  define(
    pools,
    "set <pool>",
    "make a pool, or give it another size",
    [`millrace pools set warehouse --slots 4 --note "its licence"`, "millrace pools set default --slots unlimited"],
    async () => (await import("./commands/pools.ts")).setPool,
    (command) => noteOption(command).requiredOption("--slots <number>", "a number, or unlimited; 0 starts nothing", slots),
  );
}

function alertsCommand(program: Command, define: Define): void {
  const alerts = group(program, "alerts", "see whom DAGs have told of what", ["millrace alerts list", "millrace alerts list --state failed"]);
  define(
    alerts,
    "list",
    "list alerts, the newest first, and whether they were sent",
    ["millrace alerts list", "millrace alerts list --dag flights-daily --state pending,failed", "millrace alerts list --json | jq -r '.alerts[].text'"],
    async () => (await import("./commands/alerts-list.ts")).listAlerts,
    (command) =>
      command
        .option("--dag <name>", "of this DAG alone")
        .option("--state <states>", "gathering, pending, sent or failed; several with commas", alertStateList)
        .option("--before <alert>", "those that were made before this one")
        .option("--limit <alerts>", "most alerts", wholeNumber(1, 1_000), 20),
  );
}

function releaseCommands(program: Command, define: Define): void {
  define(program, "plan", "show what applying the project's folder would change", ["millrace plan", "millrace plan --json | jq '.dags[] | {name, change, fills}'"], async () => (await import("./commands/apply.ts")).plan);
  define(
    program,
    "apply",
    "make the project's folder the release that new runs of DAGs get, after showing the plan",
    ["millrace apply", `millrace apply --yes --note "retries for the loader"`],
    async () => (await import("./commands/apply.ts")).apply,
    (command) => noteOption(command).option("--release <name>", "do nothing unless the folder holds this one").option("-y, --yes", "do not ask"),
  );
  define(
    program,
    "rollback [release]",
    "give new runs the DAGs of an earlier release (default: the one that ran before)",
    ["millrace rollback", `millrace rollback 3f2a91c0 --yes --note "the loader fails"`],
    async () => (await import("./commands/apply.ts")).rollBack,
    (command) => noteOption(command).option("--dry-run", "only show what it would change").option("-y, --yes", "do not ask"),
  );
  const releases = group(program, "releases", "look at the releases that are kept", ["millrace releases list"]);
  define(releases, "list", "list releases, the newest first", ["millrace releases list", "millrace releases list --json | jq -r '.releases[] | select(.current).release'"], async () => (await import("./commands/releases-list.ts")).listReleases);
}

/** Commands of the orchestrator. */
export const dagCommands: readonly ((program: Command, define: Define) => void)[] = [dagsCommand, runsCommand, backfillCommand, tasksCommand, nextCommand, releaseCommands, poolsCommand, alertsCommand];
