import type { IcebergRoute } from "./iceberg-route.ts";
import { accessRoutes } from "./routes/access.ts";
import { namespaceRoutes } from "./routes/namespaces.ts";
import { tableRoutes } from "./routes/tables.ts";

/** As the specification writes it in the list that a client reads first. */
const endpointOf = ({ method, path }: IcebergRoute): string => `${method} ${path.replace("/v1/", "/v1/{prefix}/").replaceAll(/:([a-z]+)/g, "{$1}")}`;

const configRoute: IcebergRoute = {
  method: "GET",
  path: "/v1/config",
  permission: "read",
  readers: true,
  handler: async ({ reader }) => ({ body: { defaults: {}, overrides: {}, endpoints: [...namespaceRoutes, ...tableRoutes].filter(({ readers }) => reader === undefined || readers).map(endpointOf) } }),
};

/** Every route of the Iceberg catalog. */
export const icebergRoutes: readonly IcebergRoute[] = [configRoute, ...accessRoutes, ...namespaceRoutes, ...tableRoutes];
