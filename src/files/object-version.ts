import type { S3Object } from "./s3-port.ts";

/** Differs whenever the bytes of an object may differ. */
export const objectVersion = ({ bytes, etag }: Pick<S3Object, "bytes" | "etag">): string => `${bytes}-${etag}`;

/** What a store is asked for, so that it gives this version and no other. */
export const etagOf = (version: string): string => version.slice(version.indexOf("-") + 1);
