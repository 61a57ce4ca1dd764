import type { ApplyRequest, RollbackRequest } from "../dag-control.ts";
import { type Route, route } from "../route.ts";
import { plannedRun } from "../run-schemas.ts";
import { anything, count, errorObject, flag, list, moment, momentOrNull, note, object, orNull, span, text, textOrNull } from "../schemas.ts";

const names = object({ added: list(text), removed: list(text), changed: list(text) });
const fields = list(object({ field: text, before: anything, after: anything }));
const declared = object({
  added: list(text),
  removed: list(text),
  changed: list(
    object({
      name: text,
      fields: {
        ...list(object({ field: text, before: anything, after: anything, breaks: { ...textOrNull, description: "What no longer fits, of what is there or of who reads it." } })),
        description: "By path, as `scale.max`, or `column <name>`, or `check <name>`; null where it is absent. What may be a secret is hidden.",
      },
    }),
  ),
});
const schedule = object({ text: { ...text, description: "In words." }, timezone: text, next: list(plannedRun), problem: orNull(errorObject) });
const fills = object({ count, more: { ...flag, description: "There are more than were counted." }, first: list(span), last: orNull(span) });

const dagPlan = object({
  name: text,
  change: { type: "string", enum: ["added", "removed", "changed"] },
  tasks: object({ added: list(text), removed: list(text), changed: list(object({ name: text, fields })) }),
  settings: fields,
  paused: flag,
  schedule: { ...orNull(object({ before: orNull(schedule), after: orNull(schedule) })), description: "Null where it stays as it is." },
  fills: { ...orNull(fills), description: "Runs that catching up makes at once." },
});

const comeAndGo = object({ added: list(text), removed: list(text) });
const martPlan = object({
  name: text,
  change: { type: "string", enum: ["added", "removed", "changed"] },
  readers: comeAndGo,
  tables: comeAndGo,
  lost: { ...list(object({ table: text, columns: list(text) })), description: "Columns that its readers have now and would have no more." },
  gained: { ...list(object({ table: text, columns: list(text) })), description: "Columns that they would see for the first time." },
});

const releasePlan = object({
  from: textOrNull,
  to: text,
  files: names,
  topics: declared,
  tables: declared,
  stages: declared,
  dags: list(dagPlan),
  models: list(
    object({
      name: text,
      change: { type: "string", enum: ["added", "removed", "changed", "indirect"] },
      effect: { type: "string", enum: ["build", "rebuild", "columns-added", "none"], description: "What happens to its rows." },
      why: text,
      fills: { ...orNull(object({ count, start: moment, end: moment })), description: "Intervals that were filled by the statement of before." },
    }),
  ),
  marts: list(martPlan),
  sources: {
    ...list(
      object({
        name: text,
        at: text,
        tables: list(
          object({
            raw: text,
            into: text,
            action: text,
            changes: list(text),
            format: text,
            partitionColumns: list(text),
            files: count,
            bytes: count,
            columns: list(object({ name: text, type: text, change: { enum: ["new", "added", "widened", "recast", null] } })),
            load: object({ newFiles: count, changedFiles: count, goneFiles: count, bytes: count }),
            error: orNull(errorObject),
          }),
        ),
        unreadable: object({ files: count, first: list(object({ path: text, error: errorObject })) }),
        error: orNull(errorObject),
      }),
    ),
    description: "What source folders would find and load if they ran now; in a dry run alone.",
  },
  staying: { ...list(object({ dag: text, release: text, runs: count, ids: list(text) })), description: "Runs that go on or wait, and keep their release; at most 20 ids of each." },
  problems: list(object({ ...(errorObject.properties as object), file: text })),
  refusal: { ...orNull(errorObject), description: "Why it cannot be done while Millrace runs." },
  startsAnew: { ...flag, description: "It changes stages, or topics and tables of theirs: Millrace drains and starts anew with it, by itself, and is away for as long." },
  done: { ...flag, description: "False in a dry run, and when nothing was to be done." },
});

const releaseView = object({ release: text, at: moment, takenAt: momentOrNull, note: textOrNull, current: { ...flag, description: "New runs get it." }, dags: count, runs: { ...count, description: "Of it, that go on or wait." } });
const dryRun = { type: "boolean", description: "Only say what it would change." };
const bytesMax = 16 * 1024;

/** @param release - what naming one means */
const changeBody = (release: string) => ({
  schema: { ...object({ release: { type: "string", minLength: 1, maxLength: 64, description: release }, note, dryRun }, ["release", "note", "dryRun"]), type: ["object", "null"] },
  bytesMax,
});

export const releaseRoutes: Route[] = [
  route({
    method: "GET",
    path: "/api/v1/releases",
    id: "listReleases",
    summary: "Releases that are kept, the newest first.",
    permission: "read",
    responses: { 200: { description: "All of them; there are few.", schema: object({ releases: list(releaseView) }) } },
    handler: async ({ control }) => ({ releases: await control.dags.releases() }),
  }),
  route<{ Body: ApplyRequest | null }>({
    method: "POST",
    path: "/api/v1/releases/apply",
    id: "applyRelease",
    summary: "Makes the project's folder, as it is now, the release that new runs get.",
    permission: "operate",
    body: changeBody("Nothing is done unless the folder still holds this one."),
    responses: { 200: { description: "What has changed.", schema: releasePlan } },
    handler: ({ control }, { body }) => control.dags.apply(body ?? {}),
  }),
  route<{ Body: RollbackRequest | null }>({
    method: "POST",
    path: "/api/v1/releases/rollback",
    id: "rollBack",
    summary: "Gives new runs the DAGs of an earlier release.",
    permission: "operate",
    body: changeBody("Its name, or how that begins. Default: the one that ran before."),
    responses: { 200: { description: "What has changed.", schema: releasePlan } },
    handler: ({ control }, { body }) => control.dags.rollBack(body ?? {}),
  }),
];
