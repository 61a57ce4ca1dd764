import { unfit } from "./wrangle-error.ts";

/** `a.b` is field b in a. A name that holds a dot or a backtick stands in backticks, those in it doubled: `a.`b.c`` */
const step = /(?:`((?:[^`]|``)+)`|([^.`]+))(\.|$)/y;

/**
 * The names on the way from the column to the field.
 * @throws MillraceError `MR-WRANGLE-001` when it cannot be read
 */
export function readPath(text: string, where: string): string[] {
  const path: string[] = [];
  step.lastIndex = 0;
  for (let more = true; more; ) {
    const match = step.exec(text);
    if (match === null) throw unfit(`${JSON.stringify(text)} is no path of a field`, where, "write names with dots between them; a name with a dot in it in backticks: `a.b`");
    path.push(match[1]?.replaceAll("``", "`") ?? match[2]);
    more = match[3] === ".";
  }
  return path;
}

export function pathText(path: readonly string[]): string {
  return path.map((name) => (/[.`]/.test(name) ? `\`${name.replaceAll("`", "``")}\`` : name)).join(".");
}
