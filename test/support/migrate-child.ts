/* Migrates a project in a process of its own, for tests that kill it: a line for each thing that is carried. Argument: project folder, data folder. */
import { readProject } from "../../src/supervisor/definitions/read-project.ts";
import { migrate } from "../../src/supervisor/migrate/migrate.ts";
import { profileParts } from "../../src/supervisor/migrate/migration-journal.ts";

const [projectFolder, dataFolder] = process.argv.slice(2);
const { config } = await readProject(projectFolder, { dataFolder });
await migrate({ dataFolder, profile: config.profile, parts: profileParts, onProgress: (part, what) => void process.stdout.write(`${part} ${what}\n`) });
