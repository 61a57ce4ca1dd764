import { randomUUID } from "node:crypto";
import type { S3Body, S3Port } from "./s3-port.ts";

export interface BucketFacts {
  /** Of two that put the same name where nothing stands, the second is told so. Without that the lake would lose commits. */
  honoursConditions: boolean;
  /** An object came back as it was put, and could be removed. */
  keeps: boolean;
}

/** Puts, lists, reads and removes an object. @param prefix - where. @throws MillraceError as the port does */
export async function lookAtBucket(s3: S3Port, prefix: string): Promise<BucketFacts> {
  const key = `${prefix}.millrace-doctor/${randomUUID()}`;
  const text = Buffer.from("doctor");
  const body: S3Body = { bytes: text.length, read: async (start, end) => text.subarray(start, end) };
  try {
    await s3.putNew(key, body, randomUUID());
    const second = await s3.putNew(key, body, randomUUID());
    const found = await s3.head(key);
    return { honoursConditions: second !== "stored", keeps: found?.bytes === text.length };
  } finally {
    await s3.delete(key);
  }
}
