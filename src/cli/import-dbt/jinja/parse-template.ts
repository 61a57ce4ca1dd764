import { ExpressionParser } from "./expression-parser.ts";
import { JinjaError } from "./jinja-error.ts";
import type { Node, Parameter } from "./nodes.ts";
import { type TemplatePart, templateParts } from "./template-parts.ts";

/**
 * Reads a Jinja template with what dbt adds to it. Only its form is read: names that there are not are found by who uses it.
 *
 * An own reader and no library: libraries for Jinja render templates, and forget on the way where a word stood and what
 * surrounded it. Here templates become another language, and what is not understood is told with its line.
 *
 * @throws JinjaError
 */
export function parseTemplate(template: string): Node[] {
  const parser = new TemplateParser(templateParts(template));
  const { nodes } = parser.body([]);
  return nodes;
}

/** A statement that has begun: its first word is read. */
interface Statement {
  tag: string;
  at: number;
  words: ExpressionParser;
  text: string;
}

/** Blocks whose content is read like the rest, and which mean something to dbt alone or nothing here. */
const blocks = ["snapshot", "docs", "test", "data_test", "materialization", "call", "filter", "analysis", "block"];

class TemplateParser {
  readonly #parts: TemplatePart[];
  #next = 0;

  constructor(parts: TemplatePart[]) {
    this.#parts = parts;
  }

  /** Nodes up to one of the statements given, which is taken; without any, up to the end. */
  body(ends: readonly string[], opened?: Statement): { nodes: Node[]; end?: Statement } {
    const nodes: Node[] = [];
    while (this.#next < this.#parts.length) {
      const part = this.#parts[this.#next++];
      if (part.kind !== "statement") {
        nodes.push(plainNode(part));
        continue;
      }
      const statement = statementOf(part);
      if (ends.includes(statement.tag)) return { nodes, end: statement };
      nodes.push(this.#node(statement));
    }
    if (opened) throw new JinjaError(`{% ${opened.tag} %} has no {% ${ends.at(-1)} %}`, opened.at);
    return { nodes };
  }

  #node(statement: Statement): Node {
    const { tag, at, words } = statement;
    switch (tag) {
      case "set":
        return this.#set(statement);
      case "if":
        return this.#if(statement);
      case "for":
        return this.#for(statement);
      case "do":
        return { kind: "do", value: whole(words), at };
      case "macro":
        return { kind: "macro", name: words.name(), parameters: parameters(words), body: this.body(["endmacro"], statement).nodes, at };
    }
    if (blocks.includes(tag)) return { kind: "block", tag, name: words.token.kind === "name" ? words.token.value : "", rest: statement.text, body: this.body([`end${tag}`], statement).nodes, at };
    throw new JinjaError(`{% ${tag} %} is not known`, at);
  }

  #set(statement: Statement): Node {
    const { words, at } = statement;
    const names = [words.name()];
    while (words.takes(",")) names.push(words.name());
    if (words.takes("=")) {
      const value = words.list();
      words.end();
      return { kind: "set", names, value, at };
    }
    words.end();
    return { kind: "capture", name: names[0], body: this.body(["endset"], statement).nodes, at };
  }

  #if(statement: Statement): Node {
    const branches: { condition: ReturnType<typeof whole>; body: Node[] }[] = [];
    for (let part = statement; ; ) {
      const condition = whole(part.words);
      const { nodes, end } = this.body(["elif", "else", "endif"], statement);
      branches.push({ condition, body: nodes });
      if (end?.tag === "else") return { kind: "if", branches, otherwise: this.body(["endif"], statement).nodes, at: statement.at };
      if (end?.tag !== "elif") return { kind: "if", branches, at: statement.at };
      part = end;
    }
  }

  #for(statement: Statement): Node {
    const { words, at } = statement;
    const isWrapped = words.takes("(");
    const names = [words.name()];
    while (words.takes(",")) names.push(words.name());
    if (isWrapped) words.expect(")");
    words.expect("in");
    const of = words.condition();
    const condition = words.takes("if") ? words.expression() : undefined;
    words.end();
    const { nodes: body, end } = this.body(["else", "endfor"], statement);
    const otherwise = end?.tag === "else" ? this.body(["endfor"], statement).nodes : undefined;
    return { kind: "for", names, of, ...(condition && { condition }), body, ...(otherwise && { otherwise }), at };
  }
}

function plainNode({ kind, text, at }: TemplatePart): Node {
  if (kind === "output") return { kind, value: whole(new ExpressionParser(text, at)), at };
  return { kind: kind === "text" ? "text" : "comment", text, at };
}

function statementOf({ text, at }: TemplatePart): Statement {
  const words = new ExpressionParser(text, at);
  const start = words.token.at;
  return { tag: words.name(), at: start, words, text };
}

function whole(words: ExpressionParser): ReturnType<ExpressionParser["list"]> {
  const value = words.list();
  words.end();
  return value;
}

function parameters(words: ExpressionParser): Parameter[] {
  const list: Parameter[] = [];
  words.expect("(");
  while (!words.takes(")")) {
    const name = words.name();
    list.push({ name, ...(words.takes("=") && { fallback: words.expression() }) });
    words.takes(",");
  }
  words.end();
  return list;
}
