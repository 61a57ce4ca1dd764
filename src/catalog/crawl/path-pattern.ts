/**
 * A predicate for paths, of patterns with `*` (within a name), `**` (over folders), `?` and `{a,b}`. A pattern without a slash
 * is about names at any depth; a pattern that fits a folder fits all in it.
 *
 * @example pathPattern(["*.tmp", "archive/"])("2024/rest.tmp") // true
 */
export function pathPattern(patterns: readonly string[]): (path: string) => boolean {
  const regexes = patterns.map(regexOf);
  return (path) => regexes.some((regex) => regex.test(path));
}

function regexOf(pattern: string): RegExp {
  const trimmed = pattern.replace(/^\/|\/$/g, "");
  const anywhere = trimmed.includes("/") ? "" : "(?:.*/)?";
  let alternatives = 0;
  const body = trimmed.replace(/\*\*\/|\*\*|[\s\S]/gu, (part) => {
    if (part === "**/") return "(?:.*/)?";
    if (part === "**") return ".*";
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part === "{") return alternatives++, "(?:";
    if (part === "}" && alternatives > 0) return alternatives--, ")";
    if (part === "," && alternatives > 0) return "|";
    return part.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  });
  return new RegExp(`^${anywhere}${body}${")".repeat(alternatives)}(?:/.*)?$`, "su");
}
