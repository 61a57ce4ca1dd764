import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import type { GraphSearch } from "./search.ts";

export function useGraphSearch(): { search: GraphSearch; set(change: GraphSearch): void } {
  const navigate = useNavigate({ from: "/graph" });
  const search = useSearch({ from: "/shell/graph" });
  const set = useCallback((change: GraphSearch): void => void navigate({ search: (before) => ({ ...before, ...change }), replace: true }), [navigate]);
  return { search, set };
}
