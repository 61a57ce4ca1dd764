const dayMs = 86_400_000;

/** The numbers of the built-in formats that show a time. */
const builtIn = (id: number): boolean => (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || (id >= 45 && id <= 47) || (id >= 50 && id <= 58);

/** @param code - the format's own code; absent for built-in ones */
export function isTimeFormat(id: number, code: string | undefined): boolean {
  if (code === undefined) return builtIn(id);
  const bare = code.replace(/"[^"]*"|\\.|\[(?:[A-Za-z]+\d*|\$[^\]]*|[<>=][^\]]*)\]/g, (token) => (/^\[(?:h+|m+|s+)\]$/i.test(token) ? token : ""));
  return /[ymdhs]/i.test(bare) && !/general/i.test(bare);
}

/**
 * A serial number of Excel as a date, a time of day or both, in ISO. Its calendar has a 29 February 1900 that never was: the
 * days before it are one off.
 */
export function excelTime(serial: number, epoch1904: boolean): string | undefined {
  if (serial < 0 || serial >= 2_958_466) return undefined;
  const ms = Math.round((serial % 1) * dayMs);
  if (serial < 1 && !epoch1904) return new Date(ms).toISOString().slice(11, ms % 1000 === 0 ? 19 : 23);
  const day = Math.floor(serial);
  const days = epoch1904 ? day - 24_107 : day - 25_569 + (day < 60 ? 1 : 0);
  const iso = new Date(days * dayMs + ms).toISOString();
  if (ms === 0) return iso.slice(0, 10);
  return ms % 1000 === 0 ? iso.slice(0, 19) : iso.slice(0, 23);
}
