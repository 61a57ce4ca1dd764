import { MillraceError } from "../errors.ts";

const loopback = ["localhost", "127.0.0.1", "[::1]"];

export interface Site {
  host: string | undefined;
  origin: string | undefined;
}

/**
 * A check against web pages that reach for a service on the reader's own machine: a name that resolves to loopback
 * (DNS rebinding) is not one of ours, and a page from elsewhere has another origin.
 *
 * @param hosts - host names beside those of loopback that the service is reached by, without port
 * @returns a function that throws `MR-HTTP-007`
 */
export function requireHost(hosts: string[]): (site: Site) => void {
  const allowed = new Set([...loopback, ...hosts.map((host) => host.toLowerCase())]);
  return ({ host, origin }) => {
    const name = hostName(host);
    if (name === undefined || !allowed.has(name)) throw refuse(`host ${JSON.stringify(host ?? "")} is not one that this service is known by`, "header `Host`", "call http://127.0.0.1 or http://localhost");
    if (origin !== undefined && originHost(origin) !== host?.toLowerCase()) throw refuse(`a page from ${JSON.stringify(origin)} may not call this service`, "header `Origin`", "call it from a program, or from a page that it serves itself");
  };
}

/** The name in a `Host` header, without the port; undefined when it is no host. */
function hostName(host: string | undefined): string | undefined {
  return /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?$/.exec(host ?? "")?.[1].toLowerCase();
}

function originHost(origin: string): string | undefined {
  return /^https?:\/\/([^/?#@\\\s]+)$/.exec(origin)?.[1].toLowerCase();
}

function refuse(what: string, where: string, mend: string): MillraceError {
  return new MillraceError("MR-HTTP-007", { what, where, mend });
}
