/** Headers as people write them, one a line: `name: value`. Names may come twice. Undefined where a line is no header. */
export function headersOf(text: string): [string, string][] | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const headers = lines.map((line): [string, string] => [line.slice(0, Math.max(0, line.indexOf(":"))).trim(), line.slice(line.indexOf(":") + 1).trim()]);
  return headers.every(([name]) => name !== "") ? headers : undefined;
}
