interface Column {
  name: string;
  type: string;
  optional?: boolean;
}

/** A record of the topic's fields, to be filled in. @param now - for fields of time */
export function recordSkeleton(columns: readonly Column[], now: Date): string {
  const required = columns.filter(({ optional }) => !optional);
  return JSON.stringify(Object.fromEntries(required.map(({ name, type }) => [name, exampleOf(type, now)])), null, 2);
}

function exampleOf(type: string, now: Date): unknown {
  if (type === "integer" || type === "number") return 0;
  if (type === "boolean") return false;
  if (type === "timestamp") return now.toISOString();
  if (type === "date") return now.toISOString().slice(0, 10);
  if (type === "json") return {};
  return "";
}
