/*
 * A template as a tree. Every node says where it begins in the text, as an offset in UTF-16 units, so that whatever is said
 * of it can name its line.
 */

interface Placed {
  at: number;
}

export type Expression = Placed &
  (
    | { kind: "value"; value: string | number | boolean | null }
    | { kind: "list"; items: Expression[] }
    | { kind: "dict"; entries: [key: Expression, value: Expression][] }
    | { kind: "name"; name: string }
    | { kind: "attribute"; of: Expression; name: string }
    | { kind: "item"; of: Expression; key: Expression }
    | { kind: "call"; of: Expression; args: Expression[]; named: Record<string, Expression> }
    | { kind: "filter"; of: Expression; name: string; args: Expression[] }
    | { kind: "test"; of: Expression; name: string; args: Expression[]; negated: boolean }
    | { kind: "unary"; op: "not" | "-"; of: Expression }
    | { kind: "binary"; op: BinaryOp; left: Expression; right: Expression }
    | { kind: "choice"; condition: Expression; then: Expression; otherwise?: Expression }
  );

export type BinaryOp = "or" | "and" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in" | "~" | "+" | "-" | "*" | "/" | "//" | "%" | "**";

export interface Parameter {
  name: string;
  fallback?: Expression;
}

export type Node = Placed &
  (
    | { kind: "text"; text: string }
    | { kind: "comment"; text: string }
    | { kind: "output"; value: Expression }
    | { kind: "set"; names: string[]; value: Expression }
    | { kind: "capture"; name: string; body: Node[] }
    | { kind: "if"; branches: { condition: Expression; body: Node[] }[]; otherwise?: Node[] }
    | { kind: "for"; names: string[]; of: Expression; condition?: Expression; body: Node[]; otherwise?: Node[] }
    | { kind: "do"; value: Expression }
    | { kind: "macro"; name: string; parameters: Parameter[]; body: Node[] }
    /** A block that dbt adds to Jinja, or one that has no meaning here: `snapshot`, `docs`, `test`, `call` … */
    | { kind: "block"; tag: string; name: string; rest: string; body: Node[] }
  );
