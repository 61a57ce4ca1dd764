import { createHash } from "node:crypto";

/** The name under which processes that run tasks know the data folder that they belong to, in their environment. */
export const ownerName = "MILLRACE_OWNER";

export const ownerOf = (dataFolder: string): string => createHash("sha256").update(dataFolder).digest("hex").slice(0, 12);
