import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectFolder } from "./bench-project.ts";

const root = join(import.meta.dirname, "..", "..");
const built = join(root, "dist", "supervisor", "up.js");

/** Runs from the sources, or from what `npm run build` makes: what users run. */
export type Form = "source" | "built";

export const isBuilt = (): boolean => existsSync(built);

/** What a process runs that brings a project up and says when. As text: in the built form nothing may be TypeScript. */
const program = `
  process.once("message", async ({ up, options }) => {
    const { startMillrace } = await import(up);
    const millrace = await startMillrace(options);
    const ready = async () => (await millrace.control.status()).stages.every(({ state, instances }) => state === "running" && instances.length > 0);
    while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 100));
    process.once("message", async () => { await millrace.close(); process.exit(0); });
    process.send((await millrace.control.status()).stages.flatMap(({ instances }) => instances.map(({ pid }) => pid)));
  });
`;

export interface UpProcess {
  /** Of the process that brought the project up. */
  pid: number;
  /** Of the stages' processes; its own, once for each stage, in-process. */
  stages: number[];
  close(): Promise<void>;
}

/** A project brought up by a process of its own, so that its memory is not this one's. */
export async function upInProcess(project: string, dataFolder: string, form: Form, inProcess: boolean): Promise<UpProcess> {
  const execArgv = ["--disable-warning=ExperimentalWarning", ...(form === "source" ? ["--conditions=millrace:source"] : []), "--input-type=module", "-e", program];
  const child = fork("", [], { execArgv, stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const up = pathToFileURL(form === "source" ? join(root, "src", "supervisor", "up.ts") : built).href;
  child.send({ up, options: { projectFolder: projectFolder(project), dataFolder, inProcess, logLevel: "warn" } });
  const [stages] = (await Promise.race([once(child, "message"), once(child, "exit").then(() => Promise.reject(new Error("the project did not come up")))])) as [number[]];
  return {
    pid: child.pid as number,
    stages,
    close: async () => {
      child.send("close");
      await once(child, "exit");
    },
  };
}
