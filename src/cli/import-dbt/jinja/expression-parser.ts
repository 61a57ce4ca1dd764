import { JinjaError } from "./jinja-error.ts";
import type { BinaryOp, Expression } from "./nodes.ts";
import { type Token, tokens } from "./tokens.ts";

/** How strongly operators bind, the weakest first. Those of a row stand beside each other from left to right. */
const levels: BinaryOp[][] = [["or"], ["and"], ["==", "!=", "<", "<=", ">", ">=", "in", "not in"], ["+", "-"], ["~"], ["*", "/", "//", "%"], ["**"]];
const comparison = 2;
/** Deeper ones are no expression that a person has written. */
const depthMax = 200;

/** Reads the expressions of one statement, from left to right. */
export class ExpressionParser {
  readonly #tokens: Token[];
  #next = 0;
  #depth = 0;

  /** @param offset - where `text` begins in its template */
  constructor(text: string, offset: number) {
    this.#tokens = tokens(text, offset);
  }

  get token(): Token {
    return this.#tokens[this.#next];
  }

  take(): Token {
    return this.#tokens[this.#next === this.#tokens.length - 1 ? this.#next : this.#next++];
  }

  /** Takes the sign or word given when it comes next. */
  takes(value: string): boolean {
    const { token } = this;
    const fits = (token.kind === "sign" || token.kind === "name") && token.value === value;
    if (fits) this.take();
    return fits;
  }

  expect(value: string): void {
    if (!this.takes(value)) throw this.#unfit(`"${value}" is missing`);
  }

  name(): string {
    if (this.token.kind !== "name") throw this.#unfit("a name is missing");
    return this.take().value;
  }

  end(): void {
    if (this.token.kind !== "end") throw this.#unfit(`"${this.token.value}" cannot stand here`);
  }

  /** With a tuple without brackets: `a, b`. */
  list(): Expression {
    const first = this.expression();
    if (!(this.token.kind === "sign" && this.token.value === ",")) return first;
    const items = [first];
    while (this.takes(",") && !this.#isAtEnd()) items.push(this.expression());
    return { kind: "list", items, at: first.at };
  }

  expression(): Expression {
    if (++this.#depth > depthMax) throw this.#unfit("the expression is too deep");
    const then = this.#level(0);
    const whole = this.takes("if") ? this.#choice(then) : then;
    this.#depth--;
    return whole;
  }

  /** Without `a if b`: the condition of a loop begins with the same word. */
  condition(): Expression {
    return this.#level(0);
  }

  #choice(then: Expression): Expression {
    const condition = this.#level(0);
    const otherwise = this.takes("else") ? this.expression() : undefined;
    return { kind: "choice", condition, then, ...(otherwise && { otherwise }), at: then.at };
  }

  #level(level: number): Expression {
    if (level === levels.length) return this.#unary();
    if (level === comparison && this.token.value === "not" && this.token.kind === "name") return this.#not();
    let left = this.#level(level + 1);
    for (let op = this.#operator(level); op; op = this.#operator(level)) {
      left = { kind: "binary", op, left, right: this.#level(level + 1), at: left.at };
    }
    return left;
  }

  #not(): Expression {
    const { at } = this.take();
    return { kind: "unary", op: "not", of: this.#level(comparison), at };
  }

  #operator(level: number): BinaryOp | undefined {
    const { kind, value } = this.token;
    if (kind !== "sign" && kind !== "name") return undefined;
    if (level === comparison && value === "not" && this.#tokens[this.#next + 1]?.value === "in") {
      this.take();
      this.take();
      return "not in";
    }
    const op = levels[level].find((each) => each === value);
    if (op) this.take();
    return op;
  }

  #unary(): Expression {
    const { at } = this.token;
    if (this.takes("-")) return { kind: "unary", op: "-", of: this.#unary(), at };
    if (this.takes("+")) return this.#unary();
    return this.#trail(this.#primary());
  }

  /** What follows a value: attributes, items, calls, filters and tests. */
  #trail(start: Expression): Expression {
    let value = start;
    for (;;) {
      if (this.takes(".")) value = { kind: "attribute", of: value, name: this.token.kind === "number" ? this.take().value : this.name(), at: start.at };
      else if (this.takes("[")) value = this.#item(value);
      else if (this.takes("(")) value = { kind: "call", of: value, ...this.#args(), at: start.at };
      else if (this.takes("|")) value = { kind: "filter", of: value, name: this.#dotted(), args: this.takes("(") ? this.#args().args : [], at: start.at };
      else if (this.takes("is")) value = this.#test(value);
      else return value;
    }
  }

  #dotted(): string {
    let name = this.name();
    while (this.takes(".")) name += `.${this.name()}`;
    return name;
  }

  #item(of: Expression): Expression {
    const key = this.expression();
    if (this.token.value === ":") throw this.#unfit("slices are not read");
    this.expect("]");
    return { kind: "item", of, key, at: of.at };
  }

  #test(of: Expression): Expression {
    const negated = this.takes("not");
    const name = this.name();
    const args = this.takes("(") ? this.#args().args : this.#beginsValue() ? [this.#primary()] : [];
    return { kind: "test", of, name, args, negated, at: of.at };
  }

  /** `is divisibleby 3`, `is in ["a"]`. */
  #beginsValue(): boolean {
    return this.token.kind === "text" || this.token.kind === "number" || this.token.value === "[";
  }

  #args(): { args: Expression[]; named: Record<string, Expression> } {
    const args: Expression[] = [];
    const named: Record<string, Expression> = {};
    while (!this.takes(")")) {
      if (this.token.value.startsWith("*") && this.token.kind === "sign") throw this.#unfit(`"${this.token.value}" before an argument is not read`);
      if (this.token.kind === "name" && this.#tokens[this.#next + 1].value === "=" && this.#tokens[this.#next + 1].kind === "sign") {
        const name = this.name();
        this.take();
        named[name] = this.expression();
      } else args.push(this.expression());
      if (!this.takes(",") && this.token.value !== ")") throw this.#unfit(`")" is missing`);
    }
    return { args, named };
  }

  #primary(): Expression {
    const token = this.take();
    const { at } = token;
    if (token.kind === "text") return { kind: "value", value: this.#moreText(token.value), at };
    if (token.kind === "number") return { kind: "value", value: Number(token.value), at };
    if (token.kind === "name") return nameOrValue(token);
    if (token.value === "(") return this.#brackets(at);
    if (token.value === "[") return { kind: "list", items: this.#items("]"), at };
    if (token.value === "{") return { kind: "dict", entries: this.#entries(), at };
    this.#next = this.#tokens.indexOf(token);
    throw this.#unfit(token.kind === "end" ? "an expression is missing" : `"${token.value}" cannot stand here`);
  }

  /** Texts beside each other are one, as in Python. */
  #moreText(text: string): string {
    let whole = text;
    while (this.token.kind === "text") whole += this.take().value;
    return whole;
  }

  #brackets(at: number): Expression {
    const items = this.#items(")");
    const isTuple = items.length !== 1 || this.#tokens[this.#next - 2].value === ",";
    return isTuple ? { kind: "list", items, at } : items[0];
  }

  #items(close: string): Expression[] {
    const items: Expression[] = [];
    while (!this.takes(close)) {
      items.push(this.expression());
      if (!this.takes(",") && this.token.value !== close) throw this.#unfit(`"${close}" is missing`);
    }
    return items;
  }

  #entries(): [Expression, Expression][] {
    const entries: [Expression, Expression][] = [];
    while (!this.takes("}")) {
      const key = this.expression();
      this.expect(":");
      entries.push([key, this.expression()]);
      if (!this.takes(",") && this.token.value !== "}") throw this.#unfit(`"}" is missing`);
    }
    return entries;
  }

  #isAtEnd(): boolean {
    return this.token.kind === "end";
  }

  #unfit(what: string): JinjaError {
    return new JinjaError(what, this.token.at);
  }
}

const words: Record<string, boolean | null> = { true: true, True: true, false: false, False: false, none: null, None: null, null: null };

function nameOrValue({ value, at }: Token): Expression {
  return Object.hasOwn(words, value) ? { kind: "value", value: words[value], at } : { kind: "name", name: value, at };
}
