import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { answering } from "./answering.ts";
import { freePort } from "./free-port.ts";
import { stop } from "./stop.ts";

/** A server of one's own that speaks S3, in a folder that goes with it. */
export interface S3Server {
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
  stop(): Promise<void>;
}

/**
 * Starts versitygw over a folder, on a port that is free. `MILLRACE_S3_BIN` names the folder of its program, which
 * `scripts/engines/install-s3.sh` builds.
 *
 * @param buckets - that are there from the beginning
 * @throws Error when the variable is unset, or the server does not answer
 */
export async function startS3(buckets: readonly string[]): Promise<S3Server> {
  const programs = process.env.MILLRACE_S3_BIN;
  if (programs === undefined) throw new Error("MILLRACE_S3_BIN is not set: it names the folder where versitygw is; scripts/engines/install-s3.sh <folder> builds it");
  const folder = mkdtempSync(join(tmpdir(), "millrace-s3-"));
  for (const bucket of buckets) mkdirSync(join(folder, "buckets", bucket), { recursive: true });
  mkdirSync(join(folder, "metadata"));
  const [accessKeyId, secretAccessKey] = ["millrace", "a secret/with+signs="];
  const address = `127.0.0.1:${await freePort()}`;
  // Not every file system keeps attributes of files: what S3 says of objects stands in a folder of its own.
  const server = spawn(join(programs, "versitygw"), ["--port", address, "--quiet", "posix", "--sidecar", join(folder, "metadata"), join(folder, "buckets")], { env: { ROOT_ACCESS_KEY_ID: accessKeyId, ROOT_SECRET_ACCESS_KEY: secretAccessKey }, stdio: "ignore" });
  server.on("error", () => undefined);
  const endpoint = `http://${address}`;
  await answering(server, "versitygw", () => fetch(endpoint)).catch(async (error: unknown) => {
    await stop(server, folder);
    throw error;
  });
  return { endpoint, accessKeyId, secretAccessKey, stop: () => stop(server, folder) };
}
