/** The headers of an answer that is a stream of server-sent events. A connection that has carried a stream is not used again: a server that goes down waits for none. */
export const eventStreamHeaders = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no", connection: "close" };

/** One server-sent event. */
export const eventText = (event: string, data: unknown): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
