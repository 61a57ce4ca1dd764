import { useSyncExternalStore } from "react";
import { queryClient } from "../api/query-client.ts";
import { LiveConnection, type LiveState } from "./live-connection.ts";

const connection = new LiveConnection(queryClient);

/** Whether what the page shows is current. Whoever uses it keeps the stream from the server open. */
export const useLive = (): LiveState => useSyncExternalStore(connection.subscribe, connection.state);
