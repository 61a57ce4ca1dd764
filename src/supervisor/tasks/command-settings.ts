import { isAbsolute, join } from "node:path";
import { MillraceError } from "../../errors.ts";
import type { Json } from "../../model/manifest.ts";
import { sizeBytes } from "../../model/size.ts";

/** What a shell or container task runs. */
export interface CommandSettings {
  /** Absent for a container that runs what its image says. */
  argv?: string[];
  env: Record<string, string>;
  cwd: string;
  processesMax: number;
  memoryMax?: number;
  image?: string;
  /** Of a container: more arguments of `docker run`. */
  options: string[];
}

const processesMaxDefault = 1_024;

/**
 * Reads `{ command, env, cwd, processes, memory }`, and of a container `image` and `options` too. A command that is a text is
 * given to a shell; a list is run as it is.
 * @param folder - that relative paths start from
 * @throws MillraceError `MR-TASK-010`
 */
export function readCommand(settings: Json | undefined, kind: "shell" | "container", folder: string, where: string): CommandSettings {
  const refuse = (what: string, mend: string): never => {
    throw new MillraceError("MR-TASK-010", { what, where, mend });
  };
  const given = (typeof settings === "string" || Array.isArray(settings) ? { command: settings } : (settings ?? {})) as Record<string, Json>;
  const { command, env = {}, cwd = ".", processes = processesMaxDefault, memory, image, options = [] } = given;
  const argv = typeof command === "string" ? ["/bin/sh", "-c", command] : command;
  const isList = (value: unknown): value is string[] => Array.isArray(value) && value.every((each) => typeof each === "string" && !each.includes("\0"));
  if (argv !== undefined && argv !== null && (!isList(argv) || argv.length === 0)) refuse(`${JSON.stringify(command)} is no command`, "give a text for the shell, or a list of texts: the program and its arguments");
  if (kind === "shell" && !isList(argv)) refuse("there is no command", "give `command`");
  if (kind === "container" && (typeof image !== "string" || image === "" || image.startsWith("-"))) refuse(`${JSON.stringify(image ?? null)} is no image`, "give `image`, as registry/name:tag");
  if (typeof env !== "object" || env === null || Array.isArray(env) || Object.keys(env).some((name) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))) refuse("`env` is not what an environment can be", "give an object of names and texts");
  if (typeof cwd !== "string") refuse("`cwd` is no folder", "give a path, absolute or from the project folder");
  if (typeof processes !== "number" || !Number.isInteger(processes) || processes < 1) refuse(`${JSON.stringify(processes)} is no count of processes`, "give 1 or more");
  if (!isList(options)) refuse("`options` is no list of texts", "give arguments as they follow `docker run`");
  return {
    argv: (argv ?? undefined) as string[] | undefined,
    env: Object.fromEntries(Object.entries(env as Record<string, Json>).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)])),
    cwd: isAbsolute(cwd as string) ? (cwd as string) : join(folder, cwd as string),
    processesMax: processes as number,
    memoryMax: memory === undefined || memory === null ? undefined : typeof memory === "number" ? memory : sizeBytes(memory as string, where),
    image: image as string | undefined,
    options: options as string[],
  };
}
