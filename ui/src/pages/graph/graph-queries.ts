import { api } from "../../api/client.ts";

export const graphQuery = () => api.queryOptions("get", "/api/v1/graph", undefined, { staleTime: Number.POSITIVE_INFINITY });
