import { useSyncExternalStore } from "react";
import { queryClient } from "../api/query-client.ts";
import { type NotRenewed, Renewal } from "./renewal.ts";

const renewal = new Renewal(queryClient);

/** What of the page is old though the server is heard; null where all of it is current. */
export const useNotRenewed = (): NotRenewed | null => useSyncExternalStore(renewal.subscribe, renewal.state);
