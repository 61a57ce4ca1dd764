import { posix } from "node:path";

const reserved = new Set(
  "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield".split(" "),
);

/** A name as TypeScript takes it: what it has no word for becomes `_`. */
export function identifier(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_$]+/g, "_").replace(/^(?=\d)/, "_");
  return plain === "" || reserved.has(plain) ? `${plain}_` : plain;
}

/** The package that projects import from. */
const millrace = "millrace";

interface Import {
  name: string;
  local: string;
  typeOnly?: true;
}

/** A TypeScript file that is being written: its names, and what it imports. */
export class FileCode {
  /** In the new project, with forward slashes. */
  readonly path: string;
  readonly #imports = new Map<string, Import[]>();
  readonly #taken = new Set<string>();

  constructor(path: string) {
    this.path = path;
  }

  /** A name in this file that nothing else has. */
  declare(name: string): string {
    let free = identifier(name);
    while (this.#taken.has(free)) free += "_";
    this.#taken.add(free);
    return free;
  }

  /** Ends the scope of a name. */
  release(name: string): void {
    this.#taken.delete(name);
  }

  millrace(name: string): string {
    return this.#import(millrace, name);
  }

  millraceType(name: string): string {
    return this.#import(millrace, name, true);
  }

  /** What another file of the new project exports. */
  use(path: string, name: string): string {
    return path === this.path ? name : this.#import(path, name);
  }

  /** All that another file exports, under one name. */
  useAll(path: string, name: string): string {
    return this.#import(path, "*", false, name);
  }

  imports(): string {
    const order = [...this.#imports].sort(([a], [b]) => Number(b === millrace) - Number(a === millrace) || (a < b ? -1 : 1));
    return order.map(([path, names]) => importText(this.#address(path), names)).join("");
  }

  #import(path: string, name: string, typeOnly = false, as = name): string {
    const names = this.#imports.get(path) ?? [];
    this.#imports.set(path, names);
    const known = names.find((each) => each.name === name);
    if (known) return known.local;
    const local = this.declare(as);
    names.push({ name, local, ...(typeOnly && { typeOnly }) });
    return local;
  }

  #address(path: string): string {
    if (path === millrace) return path;
    const address = posix.relative(posix.dirname(this.path), path);
    return address.startsWith(".") ? address : `./${address}`;
  }
}

function importText(address: string, names: Import[]): string {
  const whole = names.filter(({ name }) => name === "*").map(({ local }) => `import * as ${local} from ${JSON.stringify(address)};\n`);
  const each = names.filter(({ name }) => name !== "*").sort((a, b) => (a.name < b.name ? -1 : 1));
  const isTypes = each.every(({ typeOnly }) => typeOnly);
  const list = each.map(({ name, local, typeOnly }) => `${typeOnly && !isTypes ? "type " : ""}${name === local ? name : `${name} as ${local}`}`);
  return whole.join("") + (list.length > 0 ? `import ${isTypes ? "type " : ""}{ ${list.join(", ")} } from ${JSON.stringify(address)};\n` : "");
}
