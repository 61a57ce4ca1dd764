import { serverEvents } from "../../../src/client/server-events.ts";
import { request } from "../api/client.ts";

export type Phase = "connecting" | "live" | "stale";

export interface Following {
  /** Asked for again behind a break, with what the last id was. */
  path(lastId: string | undefined): string;
  onEvent(event: string, data: unknown): void;
  /** `stale`: the line is broken, and tried again. */
  onPhase(phase: Phase, error?: unknown): void;
}

const retryMs = 1_000;

/** Follows a stream of the server until the signal says so; what breaks is taken up again behind the last id. */
export async function followEvents({ path, onEvent, onPhase }: Following, signal: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  while (!signal.aborted) {
    try {
      const answer = await request(path(lastId), { signal, headers: { accept: "text/event-stream", ...(lastId !== undefined && { "last-event-id": lastId }) } });
      onPhase("live");
      const text = (answer.body as ReadableStream<BufferSource>).pipeThrough(new TextDecoderStream());
      for await (const { event, id, data } of serverEvents(text as unknown as AsyncIterable<string>)) {
        lastId = id ?? lastId;
        onEvent(event, JSON.parse(data));
      }
      if (!signal.aborted) onPhase("stale");
    } catch (error) {
      if (!signal.aborted) onPhase("stale", error);
    }
    if (!signal.aborted) await new Promise((done) => setTimeout(done, retryMs));
  }
}
