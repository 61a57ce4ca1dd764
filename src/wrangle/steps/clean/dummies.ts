/**
 * What people and programs write where there is nothing. Not among them: `none`, which is often an answer, and `NA`, which is
 * Namibia; a profile tells of these too.
 */
export const dummyTexts: readonly string[] = ["", "-", "--", "---", "–", "—", ".", "..", "...", "?", "??", "???", "*", "n/a", "n.a.", "#n/a", "#na", "null", "(null)", "nil", "nan", "<null>", "undefined", "unknown", "unbekannt", "inconnu", "desconocido", "n/d", "k.a.", "no data", "(unknown)", "missing", "(blank)", "(empty)", "not available", "not applicable", "not known", "not specified", "tbd", "tba", "\\n", "#value!", "#ref!", "#div/0!", "#name?", "#null!", "#num!"];
/** Days that stand for never and for nobody knows. */
export const dummyDates: readonly string[] = ["9999-12-31", "9999-01-01", "1900-01-01", "1899-12-30", "1753-01-01", "1111-11-11", "0001-01-01"];
/** Numbers that stand for nothing; name columns in which they cannot be values. */
export const dummyNumbers: readonly number[] = [-1, -9, -99, -999, -9999, 9999, 99999, 999999, 9999999];
