import { MillraceError } from "../errors.ts";

const segmentBytesMax = 200;

/** Begins the segment of a name that we would have written in another way. */
const foreignMark = "\uE000";
const foreignBytesMax = 255;

/**
 * The name of a file or folder for one segment of a key. No name begins with a dot, so that `.`, `..` and the driver's own
 * folders can never be meant by a key.
 */
function nameOf(segment: string): string {
  const foreign = segment.startsWith(foreignMark) ? segment.slice(foreignMark.length) : "";
  return isForeign(foreign) ? foreign : encoded(segment);
}

function encoded(segment: string): string {
  const name = encodeURIComponent(segment).replaceAll("%3D", "=");
  return name.startsWith(".") ? `%2E${name.slice(1)}` : name;
}

/** The segment that a name stands for; undefined for a name that cannot stand in a key. */
function segmentOf(name: string): string | undefined {
  return ownSegment(name) ?? (isForeign(name) ? foreignMark + name : undefined);
}

/** The segment whose name we would write just so. */
function ownSegment(name: string): string | undefined {
  try {
    const segment = decodeURIComponent(name);
    return segment !== "" && !segment.includes("/") && nameOf(segment) === name && name.length <= segmentBytesMax ? segment : undefined;
  } catch {
    return undefined;
  }
}

/** Other programs write files into a table's folder under names of their own: `city=New+York` where ours is `city=New%20York`. */
function isForeign(name: string): boolean {
  const isName = name !== "" && !name.startsWith(".") && !/[/\\\0]/.test(name) && name.isWellFormed() && Buffer.byteLength(name) <= foreignBytesMax;
  return isName && ownSegment(name) === undefined;
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
      const name = nameOf(segment);
      if (name.length > segmentBytesMax && segment !== foreignMark + name) throw badKey(key, `has a segment of ${name.length} bytes when encoded`);
      return name;
    })
    .join("/");
}

/** The inverse of `keyToPath`; undefined for a path that no key has. */
export function pathToKey(path: string): string | undefined {
  const segments = path.split("/").map(segmentOf);
  return segments.includes(undefined) ? undefined : segments.join("/");
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
