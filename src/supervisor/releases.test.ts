import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
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
  const keep = async (text: string, releases = open(), topics: object = {}): Promise<string> => {
    writeFileSync(join(folder, "a.ts"), text);
    const declared = { project: "p", topics, tables: {}, stages: {}, dags: {}, problems: [] } as unknown as Omit<Manifest, "release">;
    const release = releaseOf(declared, await digestSources(folder, data));
    await releases.keep({ ...declared, release });
    return release;
  };
  return { folder, data, open, keep };
}

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

test("the schemas of a topic are told with the first release that had each, the newest first", async () => {
  const { open, keep, data } = bed();
  const releases = open();
  const schemas = [{ type: "object" }, { type: "object" }, { type: "object", required: ["n"] }];
  const all: string[] = [];
  for (const [n, schema] of schemas.entries()) {
    const release = await keep(String(n), releases, { t: { name: "t", schema } });
    utimesSync(join(data, "releases", release, "manifest.json"), n, n);
    all.push(release);
  }
  expect((await releases.schemasOf("t")).map(({ release, schema }) => [release, schema])).toEqual([[all[2], schemas[2]], [all[0], schemas[0]]]);
  expect(await releases.schemasOf("other")).toEqual([]);
});
