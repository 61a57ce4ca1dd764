import type { EntrySummary } from "./catalog-entry.ts";

const forms: Record<EntrySummary["form"], string> = { topic: "topic", lake: "table", model: "model", external: "files of others", mart: "mart", declared: "" };

/** What an entry is, in words. */
export const kindText = ({ kind, form }: Pick<EntrySummary, "kind" | "form">): string => forms[form] || kind;
