import { s3Client } from "../../files/s3-client.ts";
import type { S3Port } from "../../files/s3-port.ts";
import type { BucketConnection } from "../../model/bucket.ts";
import { fillSecrets, secretNames } from "../../model/secret.ts";
import { SecretVault } from "../secrets/secret-vault.ts";

/** By bucket and connection, secrets filled in: each has its connections to the store, and keys that it has been given for a time. */
const opened = new Map<string, Promise<S3Port>>();
const openedMax = 64;

/**
 * A bucket, with the secrets of its connection filled in, as they are now.
 *
 * @param connection - absent: as the tools of Amazon find it
 * @throws MillraceError `MR-SECRET-001` when a secret is not there, `MR-CONNECT-005` without the library
 */
export async function openBucket(bucket: string, connection: BucketConnection | undefined): Promise<S3Port> {
  const secrets = new SecretVault().read(secretNames(connection), `bucket "${bucket}"`);
  const filled = connection && fillSecrets(connection, (secret) => secrets[secret]);
  const key = JSON.stringify([bucket, filled]);
  const known = opened.get(key);
  if (known) return known;
  if (opened.size >= openedMax) opened.clear();
  const port = s3Client({ bucket, connection: filled });
  opened.set(key, port);
  port.catch(() => opened.delete(key));
  return port;
}
