import { MillraceError } from "../../errors.ts";
import type { KeptFiles } from "../../files/shared-files.ts";
import type { Manifest } from "../../model/manifest.ts";
import type { Releases } from "../releases.ts";
import { packRelease, unpackRelease } from "../workers/release-bundle.ts";

export interface SharedReleasesOptions {
  releases: Releases;
  dataFolder: string;
  /** A folder in the bucket of the project; without one a plane has what its own folder has held. */
  bucket: KeptFiles | undefined;
  /** Reads the project's folder as it is now. */
  readFolder(): Promise<Manifest>;
}

const ending = ".json.gz";
const keyOf = (release: string): string => release + ending;
/** A younger one may be about to be taken up. */
const pruneAgeMs = 24 * 3_600_000;

/** The releases of a project, as its control planes pass them to one another: each a bundle under its name, which is its digest. */
export class SharedReleases {
  readonly #options: SharedReleasesOptions;
  readonly #coming = new Map<string, Promise<void>>();

  constructor(options: SharedReleasesOptions) {
    this.#options = options;
  }

  /** Whether others can have what this plane has. */
  get isShared(): boolean {
    return this.#options.bucket !== undefined;
  }

  has(release: string): boolean {
    return this.#options.releases.keptFolder(release) !== undefined;
  }

  /** Others can have it when it resolves. */
  async share(release: string): Promise<void> {
    const { bucket, releases, dataFolder } = this.#options;
    if (!bucket || !this.has(release) || (await bucket.stat(keyOf(release)))) return;
    await bucket.putIfAbsent(keyOf(release), await packRelease(releases, release, dataFolder));
  }

  /**
   * It is kept here when it resolves: from before, from the bucket, or as the folder holds it now.
   * @throws MillraceError `MR-SCHED-011` when it is in none of them; what the bucket throws; `MR-WORKER-002` for a bundle that is another's
   */
  bring(release: string): Promise<void> {
    const coming = this.#coming.get(release) ?? this.#bring(release).finally(() => this.#coming.delete(release));
    this.#coming.set(release, coming);
    return coming;
  }

  async #bring(release: string): Promise<void> {
    if (this.has(release)) return;
    const { bucket, releases, dataFolder, readFolder } = this.#options;
    const bytes = await bucket?.read(keyOf(release));
    if (bytes) return void (await unpackRelease(async () => bytes, release, { dataFolder, modulesFrom: releases.projectFolder }));
    const manifest = await readFolder();
    if (manifest.release === release) return releases.keep(manifest);
    throw new MillraceError("MR-SCHED-011", { what: `release ${release} is neither in this plane's data folder nor in its project's folder${bucket ? ", nor in the bucket" : ""}`, where: "the releases of the project", mend: bucket ? "start Millrace where the release is, or with its sources" : "start this plane with the sources of that release; or give the project a bucket, files: s3Files(…), through which planes pass releases to one another" });
  }

  /** Releases in the bucket, in no order. */
  async names(): Promise<string[]> {
    const { bucket } = this.#options;
    const names: string[] = [];
    if (bucket) for await (const key of bucket.list("")) names.push(key.slice(0, -ending.length));
    return names;
  }

  /** Removes those that nothing needs. */
  async prune(needed: ReadonlySet<string>): Promise<void> {
    const { bucket } = this.#options;
    for (const release of await this.names()) {
      const found = needed.has(release) ? undefined : await bucket?.stat(keyOf(release));
      if (found && Date.now() - found.modifiedAt > pruneAgeMs) await bucket?.delete(keyOf(release));
    }
  }
}
