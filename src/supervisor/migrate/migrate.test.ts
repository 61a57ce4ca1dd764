import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lockFolder } from "../../log/embedded/lock.ts";
import { postgresState, type ProfileDecl, s3Files } from "../../model/profile.ts";
import { connection, secret } from "../../model/secret.ts";
import { sqliteState } from "../../state/sqlite.ts";
import { stateFile } from "../data-folder.ts";
import { migrate } from "./migrate.ts";
import { profileParts, readJournal, requireWhole, writeJournal } from "./migration-journal.ts";

const profile: ProfileDecl = {
  files: s3Files({ at: "s3://lake/shop", connection: connection("store", { endpoint: "http://127.0.0.1:9", accessKeyId: "id", secretAccessKey: secret("migrate-key") }) }),
  state: postgresState({ url: secret("migrate-url") }),
};

async function folder(): Promise<string> {
  process.env.MILLRACE_SECRET_MIGRATE_KEY = "key";
  process.env.MILLRACE_SECRET_MIGRATE_URL = "postgresql://127.0.0.1:9/none";
  onTestFinished(() => {
    for (const name of ["KEY", "URL"]) delete process.env[`MILLRACE_SECRET_MIGRATE_${name}`];
  });
  return mkdtemp(join(tmpdir(), "millrace-migrate-"));
}

test("a dry run counts what is there, and asks no server", async () => {
  const dataFolder = await folder();
  const state = await sqliteState(stateFile(dataFolder));
  await state.put("notes", "a", 1);
  await state.close();
  const reports = await migrate({ dataFolder, profile, parts: profileParts, dryRun: true });
  expect(reports).toEqual([
    { part: "files", to: "s3://lake/shop/", state: "would be carried", counts: { tables: 0, versions: 0, results: 0, logs: 0, catalog: 0 }, bytes: 0 },
    { part: "state", to: "postgres, schema millrace", state: "would be carried", counts: { entry: 1 } },
  ]);
  expect(await readJournal(dataFolder)).toEqual({});
});

test("nothing begins while Millrace runs, nor where there is nothing", async () => {
  const dataFolder = await folder();
  const lock = await lockFolder(dataFolder, "control");
  await expect(migrate({ dataFolder, profile, parts: profileParts })).rejects.toMatchObject({ code: "MR-LOG-001" });
  lock.release();
  await expect(migrate({ dataFolder: join(dataFolder, "none"), profile, parts: profileParts })).rejects.toMatchObject({ code: "MR-MIGRATE-001" });
});

test("what is there in part only is not run on; elsewhere, and embedded, the project goes", async () => {
  const dataFolder = await folder();
  await requireWhole(profile, dataFolder);
  await writeJournal(dataFolder, { state: { to: "postgres, schema millrace", done: false } });
  await expect(requireWhole(profile, dataFolder)).rejects.toMatchObject({ code: "MR-MIGRATE-003" });
  await requireWhole({}, dataFolder);
  await requireWhole({ state: postgresState({ url: secret("migrate-url"), schema: "other" }) }, dataFolder);
  await writeJournal(dataFolder, { state: { to: "postgres, schema millrace", done: true } });
  await requireWhole(profile, dataFolder);
  await writeFile(join(dataFolder, "migration.json"), "{ half");
  await expect(requireWhole(profile, dataFolder)).rejects.toMatchObject({ code: "MR-MIGRATE-001" });
});
