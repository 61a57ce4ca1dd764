import type { Manifest } from "../../model/manifest.ts";
import type { Style } from "./style.ts";

/** One argument for a POSIX shell, quoted only where it must be. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

export interface NextStepsOptions {
  style: Style;
  url: string;
  tokenFile: string;
  /** Options that lead other commands to this project: empty where they find it by themselves. */
  globals: string;
}

/** How to post to the project that is up, and how to ask it: commands to copy. */
export function nextStepsText(manifest: Manifest, { style, url, tokenFile, globals }: NextStepsOptions): string {
  const lines = [`${style.good("Up")} at ${style.accent(url)}, and stays up. Ctrl-C drains and ends it.`];
  const intake = Object.values(manifest.stages).find(({ kind }) => kind === "http");
  if (intake) {
    const record = exampleRecord(manifest, Object.values(intake.to)[0]);
    lines.push("", style.dim("Post a record:"), `  curl -H "Authorization: Bearer $(cat ${shellWord(tokenFile)})" -H 'Content-Type: application/json' \\`, `       -d ${shellWord(JSON.stringify(record))} ${shellWord(`${url}/ingest/${intake.name}`)}`);
  }
  const table = Object.values(manifest.tables).find(({ model }) => model?.materialize.kind !== "ephemeral")?.name;
  if (table) lines.push("", style.dim("Ask a table:"), `  millrace sql${globals} ${shellWord(`select * from ${table} limit 5`)}`);
  lines.push("", style.dim("Look around:"), `  millrace status${globals}`, "");
  return lines.map((line) => `${line}\n`).join("");
}

const examples = { string: "text", boolean: true, integer: 1, number: 1.5, timestamp: "2026-01-31T12:00:00.000Z", date: "2026-01-31", json: {} };

/** A record of the topic's shape: a beginning, not one that every rule of the schema lets through. */
function exampleRecord(manifest: Manifest, topic: string): Record<string, unknown> {
  const required = manifest.topics[topic]?.columns.filter(({ optional }) => !optional) ?? [];
  return Object.fromEntries(required.map(({ name, type }) => [name, examples[type]]));
}
