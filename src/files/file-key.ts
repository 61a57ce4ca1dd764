import { MillraceError } from "../errors.ts";

const segmentBytesMax = 200;

/**
 * The name of a file or folder for one segment of a key. No name begins with a dot, so that `.`, `..` and the driver's own
 * folders can never be meant by a key.
 */
function encodeSegment(segment: string): string {
  const name = encodeURIComponent(segment).replaceAll("%3D", "=");
  return name.startsWith(".") ? `%2E${name.slice(1)}` : name;
}

/**
 * Turns a key into a relative path with `/` between names.
 * @throws MillraceError `MR-FILES-001`
 */
export function keyToPath(key: string): string {
  return key
    .split("/")
    .map((segment) => {
      if (segment === "") throw badKey(key, "has an empty segment");
      if (!segment.isWellFormed()) throw badKey(key, "holds half of a surrogate pair");
      const name = encodeSegment(segment);
      if (name.length > segmentBytesMax) throw badKey(key, `has a segment of ${name.length} bytes when encoded`);
      return name;
    })
    .join("/");
}

/** The inverse of `keyToPath`; undefined for a path that no key has. */
export function pathToKey(path: string): string | undefined {
  try {
    const key = path.split("/").map(decodeURIComponent).join("/");
    return keyToPath(key) === path ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Orders strings by their UTF-8 bytes, which is not the order of JavaScript strings. */
export function byUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function badKey(key: string, why: string): MillraceError {
  return new MillraceError("MR-FILES-001", {
    what: `a key ${why}`,
    where: `key ${JSON.stringify(key.length > 300 ? `${key.slice(0, 300)}…` : key)}`,
    mend: `use segments of 1 to ${segmentBytesMax} bytes divided by single slashes`,
  });
}
