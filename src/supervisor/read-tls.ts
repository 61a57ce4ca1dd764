import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { MillraceError } from "../errors.ts";

/** What HTTPS is spoken with. */
export interface Tls {
  /** In PEM. */
  cert: Buffer;
  key: Buffer;
  /** Host names and addresses that the certificate is for: those that the service is known by. */
  names: string[];
}

/**
 * Reads a certificate and its key, and sees that the two belong together.
 * @throws MillraceError `MR-HTTP-011`
 */
export function readTls(files: { cert: string; key: string }): Tls {
  const cert = read(files.cert);
  const key = read(files.key);
  try {
    const certificate = new X509Certificate(cert);
    if (certificate.checkPrivateKey(createPrivateKey(key))) return { cert, key, names: namesOf(certificate) };
  } catch (cause) {
    throw unusable(`the certificate or its key is no PEM: ${(cause as Error).message}`, `${files.cert}, ${files.key}`, cause);
  }
  throw unusable("the key is not that of the certificate", `${files.cert}, ${files.key}`);
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw unusable(`the file cannot be read: ${(cause as Error).message}`, file, cause);
  }
}

/** As they stand in a `Host` header: addresses of IPv6 in brackets. */
function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
  return subjectAltName.split(", ").flatMap((entry) => {
    const [, kind, name] = /^(DNS|IP Address):(.+)$/.exec(entry) ?? [];
    if (kind === undefined) return [];
    return [name.includes(":") ? `[${name.toLowerCase()}]` : name.toLowerCase()];
  });
}

function unusable(what: string, where: string, cause?: unknown): MillraceError {
  return new MillraceError("MR-HTTP-011", { what, where, mend: "name the two files of one certificate: http: { tls: { cert: \"tls/cert.pem\", key: \"tls/key.pem\" } }", cause });
}
