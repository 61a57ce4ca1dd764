import { crc32 } from "node:zlib";
import type { Batch } from "../../batch/batch.ts";
import { decodeBatch } from "../../batch/codec.ts";
import { MillraceError } from "../../errors.ts";
import type { Place, PlaceReader } from "./segment-reader.ts";

/*
 * For clients that cannot open the segments, being on another machine: answers that name places carry the bytes that stand
 * there as their body, one place behind the other.
 */

/** A message should go no further: the service serves others in between. A single place may be larger, and what is fetched may go past it by one. */
export const carriedBytesMax = 8 * 1024 * 1024;

/** Those of the places, from the first on, that go into one message. */
export function placesToCarry<P extends Place>(places: readonly P[]): P[] {
  let to = 0;
  for (let bytes = 0; to < places.length && (to === 0 || bytes + places[to].bytes <= carriedBytesMax); to++) bytes += places[to].bytes;
  return places.slice(0, to);
}

/** The other end: remembers what came with an answer, for as long as its places are. */
export class CarriedBytes implements PlaceReader {
  readonly #bytesOf = new WeakMap<Place, Uint8Array>();

  /** Lays the body of an answer over its places. */
  take(places: readonly Place[], body: Uint8Array): void {
    let at = 0;
    for (const place of places) {
      if (at + place.bytes > body.byteLength) return;
      // A copy: typed arrays are laid over it and need its alignment.
      this.#bytesOf.set(place, new Uint8Array(body.subarray(at, (at += place.bytes))));
    }
  }

  /** @throws an error with code `ENOENT` for bytes that have not come yet: ask for the places again, from that one on */
  read(places: Place[]): (Uint8Array | undefined)[] {
    return places.map((place) => {
      if (place.bytes === 0) return undefined;
      const bytes = this.#bytesOf.get(place);
      if (!bytes) throw Object.assign(new Error("the bytes have not come yet"), { code: "ENOENT", path: place.segment });
      if (crc32(bytes) !== place.crc) throw damaged(place);
      return bytes;
    });
  }

  batches(places: Place[]): (Batch | undefined)[] {
    return this.read(places).map((bytes) => bytes && decodeBatch(bytes));
  }

  close(): void {
    // Nothing is held open.
  }
}

function damaged({ segment, at }: Place): MillraceError {
  return new MillraceError("MR-LOG-002", { what: "records have changed on their way from the log: their checksum does not agree", where: `${segment}, byte ${at}`, mend: "start the process anew; when it comes again, look at the network between the two machines" });
}
