import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Manifest } from "../../model/manifest.ts";
import { releaseOf } from "../../model/release.ts";
import { temporaryProject, type TemporaryProject } from "../../../test/support/temporary-project.ts";
import { digestSources } from "../definitions/project-files.ts";
import { Releases } from "../releases.ts";
import { packRelease, unpackRelease } from "./release-bundle.ts";

const scratch = mkdtempSync(join(tmpdir(), "mr-bundle-"));
let project: TemporaryProject;
let release: string;
let bytes: Uint8Array;

beforeAll(async () => {
  project = temporaryProject({ "pipeline.ts": "export const n = 1;\n", "lib/more.ts": "export const m = 2;\n", "notes.txt": "no source" });
  const manifest = { project: "p", topics: {}, tables: {}, stages: {}, dags: {}, problems: [] } as unknown as Manifest;
  release = releaseOf(manifest, await digestSources(project.folder, project.data));
  const releases = new Releases(project.folder, project.data);
  await releases.keep({ ...manifest, release });
  bytes = await packRelease(releases, release, project.data);
});
afterAll(() => {
  project.remove();
  rmSync(scratch, { recursive: true });
});

let n = 0;
const place = () => ({ dataFolder: join(scratch, String(n++)), modulesFrom: project.folder });
/** The bundle with something else in it. */
const changed = (change: (bundle: { manifest: Record<string, unknown>; files: Record<string, string> }) => void): Uint8Array => {
  const bundle = JSON.parse(gunzipSync(bytes).toString("utf8"));
  change(bundle);
  return gzipSync(JSON.stringify(bundle));
};
const base64 = (text: string) => Buffer.from(text).toString("base64");

test("a release arrives with its sources, finds packages where the worker is, and is sent for once", async () => {
  const at = place();
  const folder = await unpackRelease(async () => bytes, release, at);
  expect(await readFile(join(folder, "lib/more.ts"), "utf8")).toBe("export const m = 2;\n");
  expect(JSON.parse(await readFile(join(folder, "node_modules/millrace/package.json"), "utf8")).name).toBe("millrace");
  await expect(readFile(join(folder, "notes.txt"))).rejects.toThrow("ENOENT");
  expect(await unpackRelease(() => Promise.reject(new Error("not again")), release, at)).toBe(folder);
});

test.each<[string, () => Uint8Array]>([
  ["a file that says something else", () => changed(({ files }) => (files["pipeline.ts"] = base64("export const n = 2;\n")))],
  ["one file more", () => changed(({ files }) => (files["more.ts"] = base64("")))],
  ["one file less", () => changed(({ files }) => delete files["lib/more.ts"])],
  ["another manifest", () => changed(({ manifest }) => (manifest.project = "q"))],
  ["a file beside the folder", () => changed(({ files }) => (files["../../../escaped.ts"] = base64("")))],
  ["a package", () => changed(({ files }) => (files["node_modules/zod/index.js"] = base64("")))],
  ["bytes that are cut short", () => bytes.subarray(0, bytes.byteLength / 2)],
  ["no bundle at all", () => gzipSync("[]")],
])("%s is refused, and nothing of it stays", async (_, bundle) => {
  const at = place();
  await expect(unpackRelease(async () => bundle(), release, at)).rejects.toMatchObject({ code: "MR-WORKER-002" });
  // The right one is taken behind it.
  expect(await unpackRelease(async () => bytes, release, at)).toContain(release);
});

test("a release that is not kept cannot be sent", async () => {
  await expect(packRelease(new Releases(project.folder, project.data), "0123456789abcdef", project.data)).rejects.toMatchObject({ code: "MR-SCHED-011" });
});
