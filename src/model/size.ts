import { MillraceError } from "../errors.ts";

const unitBytes: Record<string, number> = {
  B: 1,
  KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40,
  kB: 1e3, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12,
};

/**
 * Bytes of a size: `"256MiB"` (powers of 1,024), `"1.5GB"` (powers of 1,000), `"512B"`.
 *
 * @param where - what is being read, for the error: `stage "route", place.memory`
 * @returns whole bytes, 1 or more
 * @throws MillraceError `MR-MODEL-005`
 */
export function sizeBytes(text: string, where: string): number {
  const match = typeof text === "string" ? /^(\d+(?:\.\d+)?) ?([KMGT]iB|[kKMGT]?B)$/.exec(text) : null;
  const bytes = match ? Math.round(Number(match[1]) * unitBytes[match[2]]) : Number.NaN;
  if (Number.isSafeInteger(bytes) && bytes >= 1) return bytes;
  throw new MillraceError("MR-MODEL-005", {
    what: `${JSON.stringify(text)} is not a size of at least 1B`,
    where,
    mend: 'write a number and a unit (B, KiB, MiB, GiB, TiB, kB, MB, GB, TB), as "256MiB"',
  });
}
