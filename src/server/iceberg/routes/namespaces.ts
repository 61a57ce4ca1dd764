import { invalid, listAt, textAt, textsAt } from "../../../lake/json-input.ts";
import { levelsOf, namespaceName } from "../../../lake/table-identifier.ts";
import { bodyOf, levelsAt, namespaceOf, pageOf, parentOf } from "../call-parts.ts";
import type { IcebergRoute } from "../iceberg-route.ts";

export const namespaceRoutes: IcebergRoute[] = [
  {
    method: "GET",
    path: "/v1/namespaces",
    permission: "read",
    readers: true,
    async handler(call) {
      const { names, ...page } = pageOf(call, await call.reads.namespaces.list(parentOf(call)));
      return { body: { namespaces: names.map(levelsOf), ...page } };
    },
  },
  {
    method: "POST",
    path: "/v1/namespaces",
    permission: "write",
    async handler(call) {
      const { namespace, properties = {} } = bodyOf(call);
      const levels = levelsAt(namespace, "namespace");
      const texts = textsAt(properties, "properties");
      await call.catalog.namespaces.create(namespaceName(levels), texts);
      return { body: { namespace: levels, properties: texts } };
    },
  },
  {
    method: "GET",
    path: "/v1/namespaces/:namespace",
    permission: "read",
    readers: true,
    async handler(call) {
      const name = namespaceOf(call);
      return { body: { namespace: levelsOf(name), properties: await call.reads.namespaces.properties(name) } };
    },
  },
  {
    method: "HEAD",
    path: "/v1/namespaces/:namespace",
    permission: "read",
    readers: true,
    async handler(call) {
      await call.reads.namespaces.properties(namespaceOf(call));
      return { status: 204 };
    },
  },
  {
    method: "DELETE",
    path: "/v1/namespaces/:namespace",
    permission: "write",
    async handler(call) {
      await call.catalog.namespaces.drop(namespaceOf(call));
      return { status: 204 };
    },
  },
  {
    method: "POST",
    path: "/v1/namespaces/:namespace/properties",
    permission: "write",
    async handler(call) {
      const { removals, updates } = bodyOf(call);
      const remove = listAt(removals ?? [], "removals").map((name, i) => textAt(name, `removals[${i}]`));
      const set = textsAt(updates ?? {}, "updates");
      const both = remove.find((name) => Object.hasOwn(set, name));
      if (both !== undefined) throw invalid(`property "${both}" is to be set and to be removed`, "removals");
      const { set: updated, removed, missing } = await call.catalog.namespaces.change(namespaceOf(call), { set, remove });
      return { body: { updated, removed, missing } };
    },
  },
];
