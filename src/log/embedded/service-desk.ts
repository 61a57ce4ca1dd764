import { carriedBytesMax, placesToCarry } from "./carried-bytes.ts";
import type { Desk, DeskAnswer, OpenDesk } from "./desk.ts";
import type { LogMethod, StatePage } from "./log-calls.ts";
import type { Ref } from "./ref.ts";
import { SegmentReader } from "./segment-reader.ts";
import type { LogService } from "./service.ts";

/** Lets connections call the log service. */
export function serviceDesks(service: LogService): OpenDesk {
  const { folder } = service.core;
  return (_grant, carried) => (carried ? carryingDesk(service, new SegmentReader(folder)) : { folder, answer: async (connection, method, request, body) => ({ result: await service.handle(connection, method, request as never, body) }), close: () => undefined });
}

function carryingDesk(service: LogService, reader: SegmentReader): Desk {
  return {
    folder: undefined,
    answer: async (connection, method, request, body) => {
      const handle = (asked: object): Promise<unknown> => service.handle(connection, method, asked as never, body);
      return isCarried(method) ? carry(reader, method, request, handle) : { result: await handle(request) };
    },
    close: () => reader.close(),
  };
}

type CarriedMethod = "fetch" | "restore";

const isCarried = (method: LogMethod): method is CarriedMethod => method === "fetch" || method === "restore";

/** Asks, and reads what the answer names; again, when a segment has been rewritten in between. */
async function carry(reader: SegmentReader, method: CarriedMethod, request: Record<string, unknown>, handle: (request: object) => Promise<unknown>): Promise<DeskAnswer> {
  const asked = method === "fetch" ? { ...request, bytesMax: Math.min(Number(request.bytesMax), carriedBytesMax) } : request;
  for (let tries = 1; ; tries++) {
    const result = await handle(asked);
    const { refs, whole } = method === "fetch" ? { refs: (result as { refs: Ref[] }).refs, whole: result } : pageOf(result as StatePage);
    try {
      return { result: whole, parts: reader.read(refs).filter((bytes) => bytes !== undefined) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || tries === carryTriesMax) throw error;
    }
  }
}

/** As much of a state as one message should carry. */
function pageOf(page: StatePage): { refs: StatePage["refs"]; whole: StatePage } {
  const refs = placesToCarry(page.refs);
  return { refs, whole: { ...page, refs, more: page.more || refs.length < page.refs.length } };
}

const carryTriesMax = 20;
