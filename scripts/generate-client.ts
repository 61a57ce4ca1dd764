/*
 * Writes the types of the REST interface for the web interface, from the same list of routes that makes the server and
 * its OpenAPI document: ui/src/api/paths.ts, in the shape that openapi-fetch reads.
 *
 *   node scripts/generate-client.ts          writes the file
 *   node scripts/generate-client.ts --check  fails when the file is not what would be written
 *
 * Our own, for openapi-typescript works with the compiler's interface of TypeScript 5, which version 7 has no more.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openApiDocument } from "../src/server/open-api.ts";
import { routes } from "../src/server/routes.ts";

interface Schema {
  $ref?: string;
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  description?: string;
}

interface Content {
  content?: Record<string, { schema: Schema }>;
}

interface Operation {
  summary: string;
  parameters: { name: string; in: "path" | "query"; required: boolean; description?: string; schema: Schema }[];
  requestBody?: Content & { required: boolean };
  responses: Record<string, Content & { $ref?: string }>;
}

const file = fileURLToPath(new URL("../ui/src/api/paths.ts", import.meta.url));
const document = openApiDocument(routes, "") as { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } };
const text = fileText();
if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") === text) process.exit(0);
  console.error("ui/src/api/paths.ts is not what the routes say; run: node scripts/generate-client.ts");
  process.exit(1);
}
writeFileSync(file, text);

function fileText(): string {
  const schemas = Object.entries(document.components.schemas).map(([name, schema]) => `export type ${name} = ${typeOf(schema, 0)};\n`);
  const paths = Object.entries(document.paths).map(([path, operations]) => `  ${JSON.stringify(path)}: {\n    parameters: {};\n${Object.entries(operations).map(([method, each]) => operation(method, each)).join("")}  };\n`);
  return `// Written by scripts/generate-client.ts from the routes of the server. Not to be edited.\n\n${schemas.join("\n")}\nexport interface paths {\n${paths.join("")}}\n`;
}

function operation(method: string, { summary, parameters, requestBody, responses }: Operation): string {
  const of = (where: "path" | "query"): string => {
    const mine = parameters.filter((each) => each.in === where);
    if (mine.length === 0) return "";
    const optional = mine.every(({ required }) => !required) ? "?" : "";
    return `        ${where}${optional}: {\n${mine.map(({ name, required, description, schema }) => `${comment(description, 10)}          ${JSON.stringify(name)}${required ? "" : "?"}: ${typeOf(schema, 10)};\n`).join("")}        };\n`;
  };
  const body = requestBody ? `      requestBody${requestBody.required ? "" : "?"}: ${contentOf(requestBody, 6)};\n` : "";
  const answers = Object.entries(responses).map(([status, answer]) => `        ${status}: ${answer.$ref ? `{ content: { "application/json": Error } }` : contentOf(answer, 8)};\n`);
  return `${comment(summary, 4)}    ${method}: {\n      parameters: {\n${of("query")}${of("path")}      };\n${body}      responses: {\n${answers.join("")}      };\n    };\n`;
}

function contentOf({ content = {} }: Content, indent: number): string {
  return `{ content: { ${Object.entries(content).map(([type, { schema }]) => `${JSON.stringify(type)}: ${typeOf(schema, indent)}`).join("; ")} } }`;
}

function comment(words: string | undefined, indent: number): string {
  return words ? `${" ".repeat(indent)}/** ${words.replaceAll("*/", "*\\/")} */\n` : "";
}

function typeOf(schema: Schema, indent: number): string {
  if (schema.$ref) return schema.$ref.split("/").at(-1) as string;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const either = schema.anyOf ?? schema.oneOf;
  if (either && !schema.properties) return union(either.map((each) => typeOf(each, indent)));
  if (schema.allOf) return schema.allOf.map((each) => `(${typeOf(each, indent)})`).join(" & ");
  const types = schema.type === undefined ? [schema.properties ? "object" : "any"] : [schema.type].flat();
  return union(types.map((type) => ofType(type, schema, indent)));
}

function union(types: string[]): string {
  return [...new Set(types)].join(" | ");
}

function ofType(type: string, schema: Schema, indent: number): string {
  if (type === "array") return `(${schema.items ? typeOf(schema.items, indent) : "unknown"})[]`;
  if (type === "object") return objectType(schema, indent);
  if (type === "integer") return "number";
  return type === "any" ? "unknown" : type;
}

function objectType({ properties = {}, required = [], additionalProperties = true }: Schema, indent: number): string {
  const pad = " ".repeat(indent + 2);
  const members = Object.entries(properties).map(([name, schema]) => `${comment(schema.description, indent + 2)}${pad}${JSON.stringify(name)}${required.includes(name) ? "" : "?"}: ${typeOf(schema, indent + 2)};\n`);
  const others = additionalProperties === false ? "" : `${pad}[name: string]: ${typeof additionalProperties === "object" && members.length === 0 ? typeOf(additionalProperties, indent + 2) : "unknown"};\n`;
  return members.length === 0 && others === "" ? "Record<string, never>" : `{\n${members.join("")}${others}${" ".repeat(indent)}}`;
}
