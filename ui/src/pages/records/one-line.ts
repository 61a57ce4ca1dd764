const most = 300;

/** A record's value on one line, as far as a line goes: nothing beyond that is looked at. */
export function oneLine(value: Record<string, unknown> | null): string {
  if (value === null) return "deletes its key";
  let text = "";
  for (const [name, each] of Object.entries(value)) {
    if (text.length > most) return `${text.slice(0, most)}…`;
    text += `${text === "" ? "" : "  "}${name}: ${shortText(each)}`;
  }
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

function shortText(value: unknown): string {
  if (typeof value === "string") return value.slice(0, most);
  return (JSON.stringify(value) ?? "").slice(0, most);
}
