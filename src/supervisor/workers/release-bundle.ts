import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, normalize, sep } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { MillraceError } from "../../errors.ts";
import type { Manifest } from "../../model/manifest.ts";
import { releaseOf } from "../../model/release.ts";
import { releasesFolder } from "../data-folder.ts";
import { digestSources } from "../definitions/project-files.ts";
import { keptCode } from "../pinned-folder.ts";
import { nearestModules, type Releases, seedsOf } from "../releases.ts";

/*
 * A release on its way to another machine: its manifest and its sources, as JSON under gzip. Its name is the digest of just
 * that, so that whoever unpacks it can see that it is what was named. Packages are not in it: they come from the
 * `node_modules` of the folder in which the worker was started, as an image brings it.
 */
interface Bundle {
  manifest: Manifest;
  /** By path, in base64. */
  files: Record<string, string>;
}

/** Larger ones are no sources. Bytes, unpacked. */
const bundleBytesMax = 128 * 1024 * 1024;

/** @throws MillraceError `MR-SCHED-011` for a release that is not kept */
export async function packRelease(releases: Releases, release: string, dataFolder: string): Promise<Uint8Array> {
  const manifest = releases.manifestOf(release);
  const folder = releases.keptFolder(release);
  if (!manifest || folder === undefined) throw new MillraceError("MR-SCHED-011", { what: `release ${release} is not kept`, where: "the bundle for a worker", mend: "bring the project up with the sources of that release once more" });
  const code = keptCode(folder);
  const files: Record<string, string> = {};
  for (const path of (await digestSources(code, dataFolder, seedsOf(manifest))).keys()) files[path] = (await readFile(join(code, path))).toString("base64");
  return promisify(gzip)(JSON.stringify({ manifest, files } satisfies Bundle));
}

/**
 * Unpacks a bundle and sees that it is the release that was named. What is there already is left as it is.
 *
 * @param modulesFrom - the folder from which packages are looked for, upwards
 * @returns the folder of its code, absolute
 * @throws MillraceError `MR-WORKER-002` when it is another one, or damaged
 */
export async function unpackRelease(bytes: () => Promise<Uint8Array>, release: string, { dataFolder, modulesFrom }: { dataFolder: string; modulesFrom: string }): Promise<string> {
  const folder = join(releasesFolder(dataFolder), release);
  if (existsSync(folder)) return keptCode(folder);
  const { manifest, files } = await bundleOf(await bytes(), release);
  const draft = join(releasesFolder(dataFolder), `.draft-${process.pid}-${release}`);
  await rm(draft, { recursive: true, force: true });
  await mkdir(keptCode(draft), { recursive: true, mode: 0o700 });
  for (const [path, text] of Object.entries(files)) await writeInside(keptCode(draft), path, Buffer.from(String(text), "base64"), release);
  const { release: _, ...rest } = manifest;
  if (releaseOf(rest, await digestSources(keptCode(draft), dataFolder, seedsOf(manifest))) !== release) {
    await rm(draft, { recursive: true, force: true });
    throw wrong(release, "its files are not those that its name stands for");
  }
  const modules = nearestModules(modulesFrom);
  if (modules) await symlink(modules, join(keptCode(draft), "node_modules"), "junction");
  await writeFile(join(draft, "manifest.json"), JSON.stringify(manifest));
  await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
  });
  return keptCode(folder);
}

async function bundleOf(bytes: Uint8Array, release: string): Promise<Bundle> {
  try {
    const text = (await promisify(gunzip)(bytes, { maxOutputLength: bundleBytesMax })).toString("utf8");
    const bundle = JSON.parse(text) as Partial<Bundle> | null;
    if (typeof bundle?.manifest === "object" && typeof bundle.files === "object") return bundle as Bundle;
  } catch {
    // Said below.
  }
  throw wrong(release, "it is damaged, or unpacks to more than 128 MiB");
}

/** A path may lead nowhere else. */
async function writeInside(folder: string, path: string, bytes: Uint8Array, release: string): Promise<void> {
  const target = normalize(join(folder, path));
  if (!target.startsWith(folder + sep) || path.split("/").includes("node_modules")) throw wrong(release, `it has a file ${JSON.stringify(path)}`);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, bytes);
}

function wrong(release: string, what: string): MillraceError {
  return new MillraceError("MR-WORKER-002", { what: `the bundle of release ${release} cannot be used: ${what}`, where: "the worker", mend: "start the worker anew; when it comes again, look at the releases in the data folder of the control plane" });
}
