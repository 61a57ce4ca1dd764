import { mkdtempSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../", import.meta.url));

export interface TemporaryProject {
  folder: string;
  data: string;
  write(file: string, text: string): void;
  remove(): void;
}

/**
 * A project in a folder of its own that finds `millrace` and `zod` as an installed one would.
 * @param packages - others that it finds
 */
export function temporaryProject(files: Record<string, string>, packages: string[] = []): TemporaryProject {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "millrace-project-")));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(repository, join(folder, "node_modules", "millrace"));
  for (const name of ["zod", ...packages]) symlinkSync(join(repository, "node_modules", name), join(folder, "node_modules", name));
  const project: TemporaryProject = {
    folder,
    data: join(folder, ".millrace"),
    write: (file, text) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
  project.write("package.json", '{ "type": "module" }');
  for (const [file, text] of Object.entries(files)) project.write(file, text);
  return project;
}
