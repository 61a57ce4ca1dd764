import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MillraceError } from "../../errors.ts";

const bytesMax = 64 * 1024;

/** Where secrets are looked up. They are read each time: one that was changed holds for the next task. */
export class SecretVault {
  readonly #env: NodeJS.ProcessEnv;
  readonly #folder: string;

  constructor(env: NodeJS.ProcessEnv = process.env) {
    this.#env = env;
    this.#folder = env.MILLRACE_SECRETS_FOLDER ?? "/run/secrets";
  }

  /** @throws MillraceError `MR-SECRET-001` when one is not there */
  read(names: readonly string[] | undefined, where: string): Record<string, string> {
    return Object.fromEntries((names ?? []).map((name) => [name, this.#find(name) ?? this.#missing(name, where)]));
  }

  #find(name: string): string | undefined {
    return this.#env[variableOf(name)] ?? this.#fileText(join(this.#folder, name));
  }

  /** As editors leave it: a line break at the end is not part of it. */
  #fileText(path: string): string | undefined {
    try {
      const bytes = readFileSync(path);
      return bytes.byteLength <= bytesMax ? bytes.toString("utf8").replace(/\r?\n$/, "") : undefined;
    } catch {
      return undefined;
    }
  }

  #missing(name: string, where: string): never {
    throw new MillraceError("MR-SECRET-001", {
      what: `there is no secret "${name}"`,
      where,
      mend: `start Millrace with ${variableOf(name)} in its environment, or put the value into the file ${join(this.#folder, name)}`,
      retryable: true,
    });
  }
}

const variableOf = (name: string): string => `MILLRACE_SECRET_${name.toUpperCase().replaceAll("-", "_")}`;
