import { existsSync, readFileSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { MillraceError } from "../errors.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { JsonSchema, Manifest } from "../model/manifest.ts";
import { releaseOf } from "../model/release.ts";
import { releasesFolder } from "./data-folder.ts";
import { digestSources } from "./definitions/project-files.ts";
import { keptCode } from "./pinned-folder.ts";

export interface KeptRelease {
  release: string;
  /** When it was first kept. */
  at: Date;
}

/** Releases that are kept beside those that runs need. */
const keptMax = 20;

/**
 * The releases of a project that were brought up: of each the manifest and a copy of its sources, so that a run goes on with
 * the code that it began with, and an earlier release can be taken up again. Files that are no sources are not copied.
 */
export class Releases {
  readonly #projectFolder: string;
  readonly #dataFolder: string;
  readonly #manifests = new Map<string, Manifest>();
  #inFolder: string | undefined;

  constructor(projectFolder: string, dataFolder: string) {
    this.#projectFolder = projectFolder;
    this.#dataFolder = dataFolder;
  }

  get projectFolder(): string {
    return this.#projectFolder;
  }

  /**
   * Keeps a release that was just read from the project's folder.
   * @throws MillraceError `MR-MODEL-006` when the files have changed since
   */
  async keep(manifest: Manifest): Promise<void> {
    const { release } = manifest;
    this.#manifests.set(release, manifest);
    this.#inFolder = release;
    if (existsSync(this.#folder(release))) return;
    const draft = join(releasesFolder(this.#dataFolder), `.draft-${process.pid}`);
    await rm(draft, { recursive: true, force: true });
    await this.#copySources(keptCode(draft), seedsOf(manifest));
    const { release: _, ...rest } = manifest;
    if (releaseOf(rest, await digestSources(keptCode(draft), this.#dataFolder, seedsOf(manifest))) !== release) {
      await rm(draft, { recursive: true, force: true });
      throw new MillraceError("MR-MODEL-006", { what: "the project's files changed while they were read", where: this.#projectFolder, mend: "try again", retryable: true });
    }
    await writeFile(join(draft, "manifest.json"), JSON.stringify(manifest));
    await rename(draft, this.#folder(release)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  }

  async #copySources(to: string, seeds: readonly string[]): Promise<void> {
    await mkdir(to, { recursive: true, mode: 0o700 });
    for (const path of (await digestSources(this.#projectFolder, this.#dataFolder, seeds)).keys()) {
      await mkdir(dirname(join(to, path)), { recursive: true });
      await cp(join(this.#projectFolder, path), join(to, path));
    }
    const modules = nearestModules(this.#projectFolder);
    if (modules) await symlink(modules, join(to, "node_modules"), "junction");
  }

  /** Undefined for a release that is not kept. */
  manifestOf(release: string): Manifest | undefined {
    const known = this.#manifests.get(release);
    if (known) return known;
    try {
      const manifest = JSON.parse(readFileSync(join(this.#folder(release), "manifest.json"), "utf8")) as Manifest;
      this.#manifests.set(release, manifest);
      return manifest;
    } catch {
      return undefined;
    }
  }

  dagOf(release: string, dag: string): DagDecl | undefined {
    return this.manifestOf(release)?.dags[dag];
  }

  /** Where the code of a release lies: that which was last read from the project's own folder there, as one that is not kept; others as they were copied. */
  codeFolder(release: string): string {
    const folder = keptCode(this.#folder(release));
    return release !== this.#inFolder && existsSync(folder) ? folder : this.#projectFolder;
  }

  /** Where files of a release lie as they were when it was kept; of one that is not kept, as they are. */
  filesOf(release: string): string {
    return this.keptFolder(release) ? keptCode(this.#folder(release)) : this.#projectFolder;
  }

  /** Undefined for a release that is not kept. */
  keptFolder(release: string): string | undefined {
    const folder = this.#folder(release);
    return existsSync(folder) ? folder : undefined;
  }

  /** Source files that differ between two releases; of one that is not kept, those in the project's folder count. */
  async changedFiles(from: string | undefined, to: string): Promise<{ added: string[]; removed: string[]; changed: string[] }> {
    const digests = (release: string) => digestSources(this.filesOf(release), this.#dataFolder, seedsOf(this.manifestOf(release)));
    const [before, after] = await Promise.all([from === undefined ? new Map<string, string>() : digests(from), digests(to)]);
    return {
      added: [...after.keys()].filter((file) => !before.has(file)).sort(),
      removed: [...before.keys()].filter((file) => !after.has(file)).sort(),
      changed: [...after].filter(([file, digest]) => before.has(file) && before.get(file) !== digest).map(([file]) => file).sort(),
    };
  }

  /** The newest first. */
  async list(): Promise<KeptRelease[]> {
    const names = await readdir(releasesFolder(this.#dataFolder)).catch(() => []);
    const kept = await Promise.all(
      names
        .filter((name) => !name.startsWith("."))
        .map(async (release) => ({ release, at: (await stat(join(this.#folder(release), "manifest.json"))).mtime })),
    );
    return kept.sort((a, b) => b.at.getTime() - a.at.getTime());
  }

  /** The schemas that the kept releases gave a topic, the newest first. One that stayed the same has the first of its releases. */
  async schemasOf(topic: string): Promise<(KeptRelease & { schema: JsonSchema })[]> {
    const all = (await this.list()).flatMap((kept) => {
      const schema = this.manifestOf(kept.release)?.topics[topic]?.schema;
      return schema === undefined ? [] : [{ ...kept, schema }];
    });
    return all.filter(({ schema }, i) => !isDeepStrictEqual(schema, all[i + 1]?.schema));
  }

  /** Forgets the oldest that nothing needs. */
  async prune(needed: ReadonlySet<string>): Promise<void> {
    for (const { release } of (await this.list()).filter((each) => !needed.has(each.release)).slice(keptMax)) {
      this.#manifests.delete(release);
      await rm(this.#folder(release), { recursive: true, force: true });
    }
  }

  #folder(release: string): string {
    return join(releasesFolder(this.#dataFolder), release);
  }
}

/** Files that a release's tables are made of. */
export function seedsOf(manifest: Manifest | undefined): string[] {
  return Object.values(manifest?.tables ?? {}).flatMap(({ model }) => (model?.materialize.kind === "seed" ? [model.materialize.file] : []));
}

/** Where Node would look for packages first. */
export function nearestModules(folder: string): string | undefined {
  const path = join(folder, "node_modules");
  if (existsSync(path)) return path;
  return dirname(folder) === folder ? undefined : nearestModules(dirname(folder));
}
