/* What `millrace/client` gives: reading the lake of a running Millrace from any program. */
export { type ErrorCode, MillraceError } from "../errors.ts";
export { type Sql, sql, type SqlValue } from "../model/sql-tag.ts";
export { connect, type LakeClient } from "./connect.ts";
export type { AnyRow, LakeQuery, QueryOptions } from "./lake-query.ts";
