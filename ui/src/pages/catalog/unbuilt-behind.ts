interface Model {
  name: string;
  reads: string[];
  state: "built" | "changed" | "never" | null;
}

/** Models without which a statement cannot be followed: those that it reads, also through views, that were never built. */
export function unbuiltBehind<M extends Model>(model: M, all: readonly M[]): M[] {
  const seen = new Set<string>();
  const found: M[] = [];
  const look = ({ reads }: M): void => {
    for (const read of all.filter(({ name }) => reads.includes(name) && !seen.has(name))) {
      seen.add(read.name);
      if (read.state === "never") found.push(read);
      // What was built once is there whatever it reads.
      else if (read.state === null) look(read);
    }
  };
  look(model);
  return found;
}
