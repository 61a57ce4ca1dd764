import { afterAll, beforeAll } from "vitest";
import { type TemporaryProject, temporaryProject } from "./temporary-project.ts";

/** A project of these files alone, up while the tests of a file run. */
export function whileUp<Up extends { stop(): Promise<void> }>(start: (projectFolder: string, dataFolder: string) => Promise<Up>, files: Record<string, string>): { readonly project: TemporaryProject; readonly millrace: Up } {
  const project = temporaryProject(files);
  let millrace: Up;
  beforeAll(async () => {
    millrace = await start(project.folder, project.data);
  });
  afterAll(async () => {
    await millrace?.stop();
    project.remove();
  });
  return {
    project,
    get millrace() {
      return millrace;
    },
  };
}
