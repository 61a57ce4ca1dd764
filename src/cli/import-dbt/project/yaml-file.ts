import { isNode, LineCounter, parseDocument } from "yaml";
import { MillraceError } from "../../../errors.ts";

/** Ones that are longer are no settings. */
const bytesMax = 8 * 1024 * 1024;
const aliasesMax = 1_000;

export type Yaml = string | number | boolean | null | Yaml[] | { [name: string]: Yaml };
export type YamlMap = { [name: string]: Yaml };
export type YamlPath = (string | number)[];

/** A YAML file's content, which knows the line of each of its parts. */
export class YamlFile {
  /** As messages name it. */
  readonly file: string;
  readonly content: YamlMap;
  readonly #lines = new LineCounter();
  readonly #document: ReturnType<typeof parseDocument>;

  /** @throws MillraceError `MR-CLI-004` for what is no YAML, or no mapping */
  constructor(file: string, text: string) {
    this.file = file;
    if (text.length > bytesMax) throw unfit(file, `it has more than ${bytesMax} characters`);
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: false });
    const [error] = this.#document.errors;
    if (error) throw unfit(`${file}:${this.#lines.linePos(error.pos[0]).line}`, error.message.split("\n")[0]);
    const content: unknown = this.#document.toJS({ maxAliasCount: aliasesMax });
    if (content !== null && !isMap(content as Yaml)) throw unfit(file, "it is no mapping");
    this.content = (content ?? {}) as YamlMap;
  }

  /** From 1; that of the nearest part around it where there is none of that path. */
  lineOf(path: YamlPath): number {
    for (let length = path.length; length > 0; length--) {
      const node: unknown = this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#lines.linePos(node.range[0]).line;
    }
    return 1;
  }
}

export function isMap(value: Yaml | undefined): value is YamlMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const mapOf = (value: Yaml | undefined): YamlMap => (isMap(value) ? value : {});
export const listOf = (value: Yaml | undefined): Yaml[] => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [value]);
export const textOr = <T>(value: Yaml | undefined, fallback: T): string | T => (typeof value === "string" ? value : typeof value === "number" ? String(value) : fallback);

function unfit(where: string, what: string): MillraceError {
  return new MillraceError("MR-CLI-004", { what: `a file of the dbt project cannot be read: ${what}`, where, mend: "mend it until `dbt parse` takes it, and import again" });
}
