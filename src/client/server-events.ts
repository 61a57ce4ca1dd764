export interface ServerEvent {
  /** Default `message`. */
  event: string;
  id?: string;
  data: string;
}

/** Server-sent events of a stream of text, as the HTML standard has them; comments are left out, an unfinished event too. */
export async function* serverEvents(parts: AsyncIterable<string>): AsyncGenerator<ServerEvent> {
  let event: Partial<ServerEvent> = {};
  for await (const line of linesOf(parts)) {
    if (line === "") {
      if (event.data !== undefined) yield { event: "message", ...event } as ServerEvent;
      event = {};
      continue;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line) as RegExpExecArray;
    if (field === "data") event.data = event.data === undefined ? value : `${event.data}\n${value}`;
    else if (field === "event" || field === "id") event[field] = value;
  }
}

/** Lines that have ended; a long one is put together once, however many parts it comes in. */
async function* linesOf(parts: AsyncIterable<string>): AsyncGenerator<string> {
  let open: string[] = [];
  for await (const part of parts) {
    const lines = part.split("\n");
    open.push(lines[0]);
    if (lines.length === 1) continue;
    yield trimmed(open.join(""));
    for (const line of lines.slice(1, -1)) yield trimmed(line);
    open = [lines[lines.length - 1]];
  }
}

const trimmed = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line);
