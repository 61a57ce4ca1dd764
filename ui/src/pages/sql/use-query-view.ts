import { api } from "../../api/client.ts";

const askMs = 400;

/** A statement as it stands; asked for again until it has ended. */
export const useQueryView = (query: string | undefined) =>
  api.useQuery(
    "get",
    "/api/v1/queries/{query}",
    { params: { path: { query: query ?? "" } } },
    { enabled: query !== undefined, staleTime: 60_000, refetchInterval: ({ state }) => (state.data === undefined || state.data.endedAt !== null ? false : askMs) },
  );
