import { existsSync, readFileSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MillraceError } from "../errors.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { Manifest } from "../model/manifest.ts";
import { releaseOf } from "../model/release.ts";
import { releasesFolder } from "./data-folder.ts";
import { digestSources } from "./definitions/project-files.ts";

export interface KeptRelease {
  release: string;
  /** When it was first brought up. */
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
  #newest: string | undefined;

  constructor(projectFolder: string, dataFolder: string) {
    this.#projectFolder = projectFolder;
    this.#dataFolder = dataFolder;
  }

  /**
   * Keeps a release that was just read from the project's folder.
   * @throws MillraceError `MR-MODEL-006` when the files have changed since
   */
  async keep(manifest: Manifest): Promise<void> {
    const { release } = manifest;
    this.#manifests.set(release, manifest);
    this.#newest = release;
    if (existsSync(this.#folder(release))) return;
    const draft = join(releasesFolder(this.#dataFolder), `.draft-${process.pid}`);
    await rm(draft, { recursive: true, force: true });
    await this.#copySources(join(draft, "code"));
    const { release: _, ...rest } = manifest;
    if (releaseOf(rest, await digestSources(join(draft, "code"), this.#dataFolder)) !== release) {
      await rm(draft, { recursive: true, force: true });
      throw new MillraceError("MR-MODEL-006", { what: "the project's files changed while they were read", where: this.#projectFolder, mend: "try again", retryable: true });
    }
    await writeFile(join(draft, "manifest.json"), JSON.stringify(manifest));
    await rename(draft, this.#folder(release)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  }

  async #copySources(to: string): Promise<void> {
    await mkdir(to, { recursive: true, mode: 0o700 });
    for (const path of (await digestSources(this.#projectFolder, this.#dataFolder)).keys()) {
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

  /** Where the code of a release lies: the newest in the project's own folder, as one that is not kept; others as they were copied. */
  codeFolder(release: string): string {
    if (release === this.#newest) return this.#projectFolder;
    const folder = join(this.#folder(release), "code");
    return existsSync(folder) ? folder : this.#projectFolder;
  }

  /** The newest first. */
  async list(): Promise<KeptRelease[]> {
    const names = await readdir(releasesFolder(this.#dataFolder)).catch(() => []);
    const kept = await Promise.all(
      names.filter((name) => !name.startsWith(".")).map(async (release) => ({ release, at: (await stat(join(this.#folder(release), "manifest.json"))).mtime })),
    );
    return kept.sort((a, b) => b.at.getTime() - a.at.getTime());
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

/** Where Node would look for packages first. */
function nearestModules(folder: string): string | undefined {
  const path = join(folder, "node_modules");
  if (existsSync(path)) return path;
  return dirname(folder) === folder ? undefined : nearestModules(dirname(folder));
}
