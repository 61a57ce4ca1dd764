export interface PageRequest {
  /** Default 100. */
  limit?: number;
  /** Name of the last item of the page before. */
  after?: string;
}

export interface Page<T> {
  items: T[];
  /** What `after` must be for the next page; null when this is the last. */
  next: string | null;
}

/** A page of named things, by name. An item that has gone since leaves no gap: the page begins behind its name. */
export function pageByName<T extends { name: string }>(items: T[], { limit = 100, after }: PageRequest): Page<T> {
  const sorted = [...items].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const rest = after === undefined ? sorted : sorted.filter(({ name }) => name > after);
  const page = rest.slice(0, limit);
  return { items: page, next: rest.length > limit ? page[page.length - 1].name : null };
}
