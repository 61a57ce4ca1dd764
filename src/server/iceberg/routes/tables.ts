import { MillraceError } from "../../../errors.ts";
import { invalid, listAt, objectAt, textAt } from "../../../lake/json-input.ts";
import { levelsOf, tableName } from "../../../lake/table-identifier.ts";
import { bodyOf, identifierAt, namespaceOf, pageOf, queryText, tableOf } from "../call-parts.ts";
import type { IcebergCall, IcebergRoute } from "../iceberg-route.ts";
import { loadAnswer, tableAnswer } from "../table-answer.ts";

export const tableRoutes: IcebergRoute[] = [
  {
    method: "GET",
    path: "/v1/namespaces/:namespace/tables",
    permission: "read",
    readers: true,
    async handler(call) {
      const namespace = namespaceOf(call);
      const { names, ...page } = pageOf(call, await call.reads.tables(namespace));
      return { body: { identifiers: names.map((name) => ({ namespace: levelsOf(namespace), name: name.slice(namespace.length + 1) })), ...page } };
    },
  },
  {
    method: "POST",
    path: "/v1/namespaces/:namespace/tables",
    permission: "write",
    async handler(call) {
      const request = bodyOf(call);
      const name = nameIn(call, request.name);
      const { catalog } = call;
      return tableAnswer(request["stage-create"] === true ? await catalog.stage(name, request) : await catalog.create(name, request));
    },
  },
  {
    method: "GET",
    path: "/v1/namespaces/:namespace/tables/:table",
    permission: "read",
    readers: true,
    handler: async (call) => loadAnswer(await call.reads.load(tableOf(call)), call),
  },
  {
    method: "HEAD",
    path: "/v1/namespaces/:namespace/tables/:table",
    permission: "read",
    readers: true,
    async handler(call) {
      await call.reads.load(tableOf(call));
      return { status: 204 };
    },
  },
  {
    method: "POST",
    path: "/v1/namespaces/:namespace/tables/:table",
    permission: "write",
    async handler(call) {
      const { requirements, updates } = bodyOf(call);
      const [table] = await call.catalog.commit([{ name: tableOf(call), requirements, updates }]);
      return { body: { "metadata-location": table.location, metadata: table.metadata } };
    },
  },
  {
    method: "DELETE",
    path: "/v1/namespaces/:namespace/tables/:table",
    permission: "write",
    async handler(call) {
      const name = tableOf(call);
      checkNotDeclared(call, name);
      await call.catalog.drop(name, queryText(call.query, "purgeRequested")?.toLowerCase() === "true");
      return { status: 204 };
    },
  },
  {
    method: "POST",
    path: "/v1/namespaces/:namespace/register",
    permission: "write",
    async handler(call) {
      const request = bodyOf(call);
      if (request.overwrite === true) throw invalid("a table that is there is not overwritten", "overwrite", "drop it first");
      return tableAnswer(await call.catalog.register(nameIn(call, request.name), textAt(request["metadata-location"], "metadata-location")));
    },
  },
  {
    // Reports of what a client's scan or commit has cost. They are taken, for clients send them unasked, and not kept.
    method: "POST",
    path: "/v1/namespaces/:namespace/tables/:table/metrics",
    permission: "read",
    readers: true,
    async handler(call) {
      bodyOf(call);
      return { status: 204 };
    },
  },
  {
    method: "POST",
    path: "/v1/tables/rename",
    permission: "write",
    async handler(call) {
      const { source, destination } = bodyOf(call);
      const from = identifierAt(source, "source");
      checkNotDeclared(call, from);
      await call.catalog.rename(from, identifierAt(destination, "destination"));
      return { status: 204 };
    },
  },
  {
    method: "POST",
    path: "/v1/transactions/commit",
    permission: "write",
    async handler(call) {
      const changes = listAt(bodyOf(call)["table-changes"], "table-changes").map((each, i) => {
        const where = `table-changes[${i}]`;
        const { identifier, requirements, updates } = objectAt(each, where);
        return { name: identifierAt(identifier, `${where}.identifier`), requirements, updates };
      });
      await call.catalog.commit(changes);
      return { status: 204 };
    },
  },
];

const nameIn = (call: IcebergCall, name: unknown): string => tableName(levelsOf(namespaceOf(call)), textAt(name, "name"));

function checkNotDeclared({ isDeclared }: IcebergCall, name: string): void {
  if (!isDeclared(name)) return;
  throw new MillraceError("MR-ICE-006", { what: `table "${name}" belongs to the project, which declares it`, where: "the address", mend: "take it out of the project, apply that, and do this then" });
}
