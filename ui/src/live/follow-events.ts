import { serverEvents } from "../../../src/client/server-events.ts";
import { request } from "../api/client.ts";
import { seen, whenUnseen } from "./unseen.ts";

export type Phase = "connecting" | "live" | "stale";

export interface Following {
  /** Asked for again behind a break, with what the last id was. */
  path(lastId: string | undefined): string;
  onEvent(event: string, data: unknown): void;
  /** `stale`: the line is broken, and tried again. */
  onPhase(phase: Phase, error?: unknown): void;
}

const retryMs = 1_000;
/** The server says at least that it is still there each fifteen seconds. */
const silentMsMax = 40_000;

/**
 * Follows a stream of the server until the signal says so; what breaks, or falls silent, is taken up again behind the last id.
 * A window that nobody sees gives its line back, and goes on from there when it is seen.
 */
export async function followEvents({ path, onEvent, onPhase }: Following, signal: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  let line = new AbortController();
  let silent: ReturnType<typeof setTimeout> | undefined;
  const awaitWord = (): void => {
    clearTimeout(silent);
    silent = setTimeout(() => line.abort(), silentMsMax);
  };
  whenUnseen(() => line.abort(), signal);
  while (!signal.aborted) {
    await seen(signal);
    line = new AbortController();
    awaitWord();
    try {
      const answer = await request(path(lastId), { signal: AbortSignal.any([signal, line.signal]), headers: { accept: "text/event-stream", ...(lastId !== undefined && { "last-event-id": lastId }) } });
      onPhase("live");
      const text = (answer.body as ReadableStream<BufferSource>).pipeThrough(new TextDecoderStream());
      for await (const { event, id, data } of serverEvents(heard(text as unknown as AsyncIterable<string>, awaitWord))) {
        lastId = id ?? lastId;
        onEvent(event, JSON.parse(data));
      }
      if (!signal.aborted) onPhase("stale");
    } catch (error) {
      if (!signal.aborted) onPhase("stale", line.signal.aborted ? undefined : error);
    }
    clearTimeout(silent);
    if (!signal.aborted) await new Promise((done) => setTimeout(done, retryMs));
  }
}

async function* heard(parts: AsyncIterable<string>, onWord: () => void): AsyncGenerator<string> {
  for await (const part of parts) {
    onWord();
    yield part;
  }
}
