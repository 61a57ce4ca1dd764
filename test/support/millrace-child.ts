/* Brings a project up in a process of its own, for tests that kill it. Arguments: project folder, data folder, port (empty: the project's), and `--no-dags`. */
import { startMillrace } from "../../src/supervisor/up.ts";

const [projectFolder, dataFolder, port, noDags] = process.argv.slice(2);
const millrace = await startMillrace({ projectFolder, dataFolder, ...(port && { port: Number(port) }), dags: noDags === undefined });
process.stdout.write(`${JSON.stringify({ url: millrace.url, address: millrace.address, token: millrace.token })}\n`);
process.on("SIGTERM", () => void millrace.close().then(() => process.exit(0)));
