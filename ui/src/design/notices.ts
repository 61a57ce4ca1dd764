import { useSyncExternalStore } from "react";

export interface Notice {
  id: number;
  text: string;
  error?: unknown;
}

/** How long what was done is told. */
export const shownMs = 6_000;
let notices: readonly Notice[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function set(next: readonly Notice[]): void {
  notices = next;
  for (const listener of listeners) listener();
}

export const dismiss = (id: number): void => set(notices.filter((each) => each.id !== id));

/** Says at the edge of the page what was done. A failure stays until it was seen; all else goes by itself. */
export function tell(text: string, error?: unknown): void {
  const id = ++lastId;
  set([...notices.slice(-3), { id, text, error }]);
  if (error === undefined) setTimeout(() => dismiss(id), shownMs);
}

export const useNotices = (): readonly Notice[] =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notices,
  );
