import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Manifest } from "../model/manifest.ts";
import { releaseOf } from "../model/release.ts";
import { digestSources } from "./definitions/project-files.ts";
import { pinnedFolder } from "./pinned-folder.ts";
import { Releases } from "./releases.ts";

/** A project of one file, whose text is the release. */
function bed() {
  const folder = mkdtempSync(join(tmpdir(), "millrace-releases-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const data = join(folder, ".millrace");
  const open = () => new Releases(folder, data);
  const keep = async (text: string, releases = open()): Promise<string> => {
    writeFileSync(join(folder, "a.ts"), text);
    const declared = { project: "p", topics: {}, tables: {}, stages: {}, dags: {}, problems: [] } as unknown as Omit<Manifest, "release">;
    const release = releaseOf(declared, await digestSources(folder, data));
    await releases.keep({ ...declared, release });
    return release;
  };
  return { folder, data, open, keep };
}

test("auto: what is in the folder runs, but behind a rollback only once the folder holds something else", async () => {
  const { open, keep } = bed();
  const [one, two] = [await keep("1"), await keep("2")];
  expect(open().toRun(one, "auto")).toBe(one);
  open().take(one, one, null);
  expect(open().toRun(two, "auto")).toBe(two);
  open().take(two, two, null);
  expect(open().previous).toBe(one);
  open().rollBack(one, "it fails");
  expect(open()).toMatchObject({ current: one, previous: undefined });
  expect(open().toRun(two, "auto")).toBe(one);
  open().take(one, two, null);
  expect((await open().list()).find(({ release }) => release === one)?.taken).toMatchObject({ note: "it fails" });
  const three = await keep("3");
  expect(open().toRun(three, "auto")).toBe(three);
});

test("manual: what was applied runs, and the folder's at the very first", async () => {
  const { open, keep, data } = bed();
  const [one, two] = [await keep("1"), await keep("2")];
  expect(open().toRun(one, "manual")).toBe(one);
  open().take(one, one, null);
  expect(open().toRun(two, "manual")).toBe(one);
  // It was forgotten, or someone has taken it away: something must run.
  rmSync(join(data, "releases", one), { recursive: true });
  expect(open().toRun(two, "manual")).toBe(two);
});

test("going back again goes further back, and a way forward is there by name", async () => {
  const { open, keep } = bed();
  const [one, two, three] = [await keep("1"), await keep("2"), await keep("3")];
  for (const release of [one, two, three]) open().take(release, release, null);
  open().rollBack(open().previous as string, null);
  expect(open().current).toBe(two);
  open().rollBack(open().previous as string, null);
  expect(open()).toMatchObject({ current: one, previous: undefined });
  open().rollBack(three, null);
  expect(open()).toMatchObject({ current: three, previous: one });
});

test("what is half written counts for nothing", async () => {
  const { open, keep, data } = bed();
  const one = await keep("1");
  open().take(one, one, null);
  const file = join(data, "releases", ".applied.json");
  writeFileSync(`${file}.draft`, readFileSync(file, "utf8").slice(0, 10));
  expect(open().current).toBe(one);
  writeFileSync(file, "{");
  expect(open().current).toBeUndefined();
});

test("code is read from the folder for as long as that holds it, from the copy when it was changed", async () => {
  const { open, keep, folder, data } = bed();
  const releases = open();
  const one = await keep("1", releases);
  const kept = releases.keptFolder(one) as string;
  expect(releases.codeFolder(one)).toBe(folder);
  expect(await pinnedFolder(folder, kept, data)).toBe(folder);
  writeFileSync(join(folder, "a.ts"), "2");
  expect(await pinnedFolder(folder, kept, data)).toBe(join(kept, "code"));
  expect(await releases.changedFiles(one, "in the folder")).toEqual({ added: [], removed: [], changed: ["a.ts"] });
  await keep("2", releases);
  expect(releases.codeFolder(one)).toBe(join(kept, "code"));
  expect(readFileSync(join(releases.codeFolder(one), "a.ts"), "utf8")).toBe("1");
});

test("the newest twenty are kept, and what is needed", async () => {
  const { open, keep, data } = bed();
  const releases = open();
  const all: string[] = [];
  for (let n = 0; n < 23; n++) all.push(await keep(String(n), releases));
  await releases.prune(new Set([all[0]]));
  const there = all.filter((release) => existsSync(join(data, "releases", release)));
  expect(there).toHaveLength(21);
  expect(there).toContain(all[0]);
  expect(releases.manifestOf(all.find((release) => !there.includes(release)) as string)).toBeUndefined();
});
