interface Item {
  kind: "problem" | "stage" | "dead-letters" | "check" | "run" | "approval" | "alert";
  name: string;
  run: string | null;
}

/** The address at which it is mended. */
export function placeOf({ kind, name, run }: Item): string {
  const part = encodeURIComponent(name);
  switch (kind) {
    case "problem":
      return "/plan";
    case "stage":
      return `/stages/${part}`;
    case "dead-letters":
      return `/stages/${part}?tab=dead-letters`;
    case "check":
      return "/quality";
    case "run":
    case "approval":
    case "alert":
      return run === null ? `/dags/${part}` : `/dags/${part}/runs/${encodeURIComponent(run)}`;
  }
}
