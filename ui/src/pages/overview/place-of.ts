interface Item {
  kind: "problem" | "stage" | "dead-letters" | "check" | "run" | "approval" | "alert";
  name: string;
  run: string | null;
  task: string | null;
}

/** The address at which it is mended. */
export function placeOf({ kind, name, run, task }: Item): string {
  const part = encodeURIComponent(name);
  switch (kind) {
    case "problem":
      return "/plan";
    case "stage":
      return `/stages/${part}`;
    case "dead-letters":
      return `/stages/${part}?tab=dead-letters`;
    case "check":
      return `/quality/${part}`;
    case "run":
    case "approval":
    case "alert":
      return run === null ? `/dags/${part}` : `/runs/${encodeURIComponent(run)}${taskOf(task)}`;
  }
}

/** Opens a task beside its run; `send[3]` is the item 3 of a map. */
function taskOf(task: string | null): string {
  if (task === null) return "";
  const [, name, index] = /^(.*?)(?:\[(\d+)\])?$/s.exec(task) as RegExpExecArray;
  return `?task=${encodeURIComponent(name)}${index === undefined ? "" : `&index=${index}`}`;
}
