import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./api-error.ts";

/** What is asked for again when the server says so; by itself only where nothing tells of changes. */
export const queryClient = new QueryClient({
  defaultOptions: {
    // A browser that has lost its network takes itself for cut off; Millrace is mostly on the very machine.
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      // What the server refuses is refused the next time too.
      retry: (failures, error) => failures < 3 && (!(error instanceof ApiError) || error.status === 0 || error.status === 503),
      retryDelay: (failures) => Math.min(500 * 2 ** failures, 5_000),
    },
  },
});
