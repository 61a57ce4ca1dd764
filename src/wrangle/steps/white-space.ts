/* White space, one set for both forms: the engine's `trim` knows the blank alone, and the two regular expressions' `\s` differ. */

/** Inside of a character class, for the engine (RE2). */
export const spaceSql = "\\p{Z}\\t\\n\\x0b\\f\\r\\x{85}\\x{feff}";
/** Inside of a character class, for JavaScript with the flag `u`. */
export const spaceJs = "\\p{Z}\\t\\n\\v\\f\\r\\u0085\\uFEFF";
