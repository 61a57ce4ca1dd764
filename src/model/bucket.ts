import { checkOptions, invalid } from "./option-checks.ts";
import { type ConnectionDefinition, isConnection, secretNames } from "./secret.ts";

/** How buckets of an S3-compatible store are reached, as plain JSON. Texts in it may have places for secrets. */
export interface BucketConnection {
  /** `https://s3.example.com`. Absent: as the environment says it (`AWS_ENDPOINT_URL_S3`), else Amazon's own. */
  endpoint?: string;
  /** Absent: as the environment or the profile says it; `us-east-1` where there is an endpoint. */
  region?: string;
  /** The bucket's name stands in the path of addresses, and not before the host. Default: true where there is an endpoint. */
  pathStyle?: boolean;
  /** Absent: found as the tools of Amazon find it: the environment, a profile, the role of the machine or the container. */
  accessKeyId?: string;
  secretAccessKey?: string;
  /** Of keys that hold for a time. */
  sessionToken?: string;
}

const fields = ["endpoint", "region", "pathStyle", "accessKeyId", "secretAccessKey", "sessionToken"] as const;

/** A place in a bucket: `s3://bucket/a/folder`. */
export interface BucketPlace {
  bucket: string;
  /** What keys below it begin with: empty, or with a slash at its end. */
  prefix: string;
}

export const isBucketAddress = (at: string): boolean => /^s3:\/\//.test(at);

/** The bucket and the rest of an address, as it is. @throws MillraceError `MR-MODEL-001` for one that names no bucket */
export function bucketAddress(at: string, where: string): { bucket: string; key: string } {
  const [, bucket, key] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(at) as unknown as [string, string, string];
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) throw invalid(`${JSON.stringify(at)} names no bucket`, where, "write s3://bucket/folder, the bucket in small letters, digits, dots and hyphens");
  return { bucket, key };
}

/** @throws MillraceError `MR-MODEL-001` for an address that names no bucket */
export function bucketPlace(at: string, where: string): BucketPlace {
  const { bucket, key } = bucketAddress(at, where);
  const folder = key.replace(/\/+$/, "");
  return { bucket, prefix: folder === "" ? "" : `${folder}/` };
}

/**
 * How the places of a declaration are reached.
 *
 * @param given - what `connection("name", { … })` returned
 * @param at - the places: a connection belongs to buckets alone
 * @throws MillraceError `MR-MODEL-001` for settings that cannot be, and for keys that are no secrets
 */
export function bucketConnection(given: ConnectionDefinition<BucketConnection> | undefined, at: readonly string[], where: string): BucketConnection | undefined {
  for (const place of at) checkPlace(place, where);
  if (given === undefined) return undefined;
  if (!isConnection(given)) throw invalid("`connection` is no connection", where, 'give what connection("name", { endpoint, accessKeyId, secretAccessKey }) returned');
  if (!at.some(isBucketAddress)) throw invalid("it has a connection, and reads folders of this machine", where, 'leave the connection out, or write at: "s3://bucket/folder"');
  const settings = given.settings as BucketConnection;
  const here = `${where}, connection "${given.name}"`;
  checkOptions(settings, fields, here);
  for (const field of fields) checkField(field, settings[field], here);
  if ((settings.accessKeyId === undefined) !== (settings.secretAccessKey === undefined)) throw invalid("one of accessKeyId and secretAccessKey is missing", here, "give both, or none: then they are found as Amazon's tools find them");
  return { ...settings };
}

function checkPlace(place: string, where: string): void {
  if (isBucketAddress(place)) bucketAddress(place, where);
  else if (/^[a-z][a-z0-9+.-]+:\/\//i.test(place)) throw invalid(`there is no way to ${JSON.stringify(place)}`, where, "name a folder of this machine, or a place in a bucket that speaks S3: s3://bucket/folder");
}

function checkField(field: (typeof fields)[number], value: unknown, where: string): void {
  if (value === undefined) return;
  if (typeof value !== (field === "pathStyle" ? "boolean" : "string")) throw invalid(`${field} is ${JSON.stringify(value)}`, where, field === "pathStyle" ? "write true or false" : "give a text");
  if ((field === "secretAccessKey" || field === "sessionToken") && secretNames(value).length === 0) throw invalid(`${field} stands in the project`, where, `name it in place of writing it: ${field}: secret("raw-key")`);
  if (field !== "endpoint" || secretNames(value).length > 0) return;
  const url = URL.parse(value as string);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") throw invalid("the endpoint cannot be read", where, "write https://s3.example.com, without keys in it");
}
