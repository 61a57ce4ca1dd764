/** Words as they stand in the notes' body: absent where nobody changed them, null where they are taken back. */
export function changedWords(before: string, after: string): string | null | undefined {
  const words = after.trim();
  return words === before.trim() ? undefined : words || null;
}

/** The same of tags, written with commas between them. */
export function changedTags(before: readonly string[], text: string): string[] | null | undefined {
  const tags = [...new Set(text.split(",").map((tag) => tag.trim()).filter(Boolean))];
  if (tags.length === before.length && tags.every((tag) => before.includes(tag))) return undefined;
  return tags.length > 0 ? tags : null;
}
