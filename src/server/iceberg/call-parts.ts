import type { JsonObject } from "../../lake/json-input.ts";
import { invalid, listAt, objectAt, textAt } from "../../lake/json-input.ts";
import { namespaceName, tableName } from "../../lake/table-identifier.ts";
import type { IcebergCall } from "./iceberg-route.ts";

/* What handlers read from a call. Each throws MillraceError `MR-ICE-001` for what cannot be. */

/** Stands between the levels of a namespace in an address. */
const levelSeparator = "\u001f";

export const namespaceOf = ({ params }: IcebergCall): string => namespaceName(levelsIn(params.namespace));

export const tableOf = ({ params }: IcebergCall): string => tableName(levelsIn(params.namespace), params.table ?? "");

const levelsIn = (text: string | undefined): string[] => (text ?? "").split(levelSeparator);

export function parentOf({ query }: IcebergCall): string | undefined {
  const parent = queryText(query, "parent");
  return parent === undefined || parent === "" ? undefined : namespaceName(levelsIn(parent));
}

export const bodyOf = ({ body }: IcebergCall): JsonObject => objectAt(body, "body");

/** A namespace as it stands in a body: the list of its levels. */
export const levelsAt = (value: unknown, where: string): string[] => listAt(value, where).map((level, i) => textAt(level, `${where}[${i}]`));

/** A table as it stands in a body. */
export function identifierAt(value: unknown, where: string): string {
  const { namespace, name } = objectAt(value, where);
  return tableName(levelsAt(namespace, `${where}.namespace`), textAt(name, `${where}.name`));
}

export function queryText(query: IcebergCall["query"], name: string): string | undefined {
  const value = query[name];
  if (Array.isArray(value)) throw invalid(`"${name}" is given more than once`, "the address");
  return value;
}

const pageSizeMax = 1_000;

/**
 * A page of names. A client that names no page wants all of them, and may not know how to ask for more.
 * @param names - in order
 */
export function pageOf({ query }: IcebergCall, names: readonly string[]): { names: readonly string[]; "next-page-token": string | null } {
  const [token, size] = [queryText(query, "pageToken"), queryText(query, "pageSize")];
  if (token === undefined && size === undefined) return { names, "next-page-token": null };
  if (size !== undefined && !/^[1-9]\d{0,8}$/.test(size)) throw invalid("a page has one item or more", "the address, pageSize");
  const rest = token ? names.filter((name) => name > token) : names;
  const page = rest.slice(0, Math.min(Number(size ?? pageSizeMax), pageSizeMax));
  return { names: page, "next-page-token": rest.length > page.length ? (page.at(-1) as string) : null };
}
