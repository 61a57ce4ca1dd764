import { MillraceError } from "../errors.ts";
import { one, run, script, type Work } from "./work.ts";

/** Tables that belong together, and what made each version of them out of the one before. A step that was ever released is never changed. */
export interface Schema {
  part: string;
  steps: readonly string[];
}

const versions = "create table if not exists schema_version (part text primary key, version integer not null) strict, without rowid";

/** Whether there is nothing to upgrade. */
export function* isCurrent(schema: Schema): Work<boolean> {
  yield* script(versions);
  return (yield* versionOf(schema)) === schema.steps.length;
}

/**
 * Makes the tables of a schema, or brings older ones up to date. Whoever calls holds a transaction that nobody else upgrades in.
 *
 * @throws MillraceError `MR-STATE-004` when a newer Millrace has made them
 */
export function* upgrade(schema: Schema): Work<void> {
  const { part, steps } = schema;
  yield* script(versions);
  const version = yield* versionOf(schema);
  if (version > steps.length) throw tooNew(part, version, steps.length);
  if (version === steps.length) return;
  for (const step of steps.slice(version)) yield* script(step);
  yield* run("insert into schema_version values (?, ?) on conflict (part) do update set version = excluded.version", part, steps.length);
}

function* versionOf({ part }: Schema): Work<number> {
  return (yield* one<{ version: number }>("select version from schema_version where part = ?", part))?.version ?? 0;
}

function tooNew(part: string, version: number, known: number): MillraceError {
  return new MillraceError("MR-STATE-004", {
    what: `a newer Millrace has written the ${part}: its tables have version ${version}, this one knows ${known}`,
    where: "the state store",
    mend: "run the newer Millrace, or restore the data of the time before",
  });
}
