import { api } from "../../api/client.ts";

export const attentionQuery = () => api.queryOptions("get", "/api/v1/attention", {});

export const pipelinesQuery = () => api.queryOptions("get", "/api/v1/pipelines", {}, { staleTime: Number.POSITIVE_INFINITY });
