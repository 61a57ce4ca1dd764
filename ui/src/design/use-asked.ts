import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";

/** Which of a page's dialogs is open: it stands in the address as `ask`, so that what leads to the page can open one. */
export function useAsked<T extends string>(...dialogs: T[]): [T | undefined, (dialog: T | undefined) => void] {
  const navigate = useNavigate();
  const { ask } = useSearch({ strict: false }) as { ask?: string };
  const set = useCallback((dialog: T | undefined): void => void navigate({ to: ".", search: ((search: object) => ({ ...search, ask: dialog })) as never, replace: true, resetScroll: false }), [navigate]);
  return [dialogs.find((dialog) => dialog === ask), set];
}
