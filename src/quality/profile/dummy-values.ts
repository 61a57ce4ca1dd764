/** What people write where they have nothing to write, in lower case. */
const dummyTexts: ReadonlySet<string> = new Set(["n/a", "na", "n.a.", "#n/a", "nan", "null", "none", "nil", "nul", "-", "--", "---", "?", "??", "???", ".", "..", "unknown", "unk", "undefined", "missing", "tbd", "tba", "not available", "not applicable", "no data", "xxx", "xx", "dummy", "test", "(null)", "<null>", "\\n", "#null!", "#value!", "#ref!", "n/d", "k.a.", "unbekannt", "inconnu", "desconocido"]);

/** Numbers that stand for none, where no other value is like them. */
export const dummyNumbers: ReadonlySet<number> = new Set([-1, -9, -99, -999, -9999, -99999, -999999, 99, 999, 9999, 99999, 999999, 9999999, 99999999, 999999999, -2147483648, 2147483647]);

/** Days that stand for none: ends of calendars, and where computers begin to count. */
export const dummyDays: ReadonlySet<string> = new Set(["9999-12-31", "9999-01-01", "2999-12-31", "2099-12-31", "1900-01-01", "1899-12-30", "1899-12-31", "1970-01-01", "1753-01-01", "0001-01-01", "1111-11-11"]);

export const isDummyText = (text: string): boolean => dummyTexts.has(text.trim().toLowerCase());
