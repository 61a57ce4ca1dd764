import { expect, test } from "vitest";
import type { Column } from "../model/manifest.ts";
import { recordUse } from "./record-use.ts";

const columns: Column[] = [
  { name: "id", type: "string", nullable: false },
  { name: "amount", type: "number", nullable: false },
  { name: "at", type: "timestamp", nullable: false },
  { name: "tags", type: "json", nullable: true },
];

/** The function that the source is, as a project would write it. */
const use = (source: string): string[] | undefined => {
  const fields = recordUse(new Function(`return (${source})`)() as () => unknown, columns);
  return fields && [...fields].sort();
};

test("functions that read fields and hand the record on", () => {
  const seen: [string, string[]][] = [
    ['(order, emit) => emit(order.amount > 1000 ? "large" : "small", order)', ["amount"]],
    ["(order, emit, context) => { if (order.amount / 2 > 10) emit(order); }", ["amount"]],
    ["function (o, emit) { /* o */ emit('o', o); // o = 1\n }", []],
    ["function named(o, emit) { emit(o, { key: o.id }); }", ["id"]],
    ["async (o, emit) => { await null; emit(`${o.id}-${{ a: `${o.at}` }.a}`, o); }", ["at", "id"]],
    ["async function (o, emit) { emit(o) }", []],
    ["({ run(o, emit) { emit(o?.amount === 1 ? 'a' : 'b', o,); } }).run", ["amount"]],
    ["order => order.amount", ["amount"]],
    ["(order) => order.id.length + order.amount", ["amount", "id"]],
    ["(o, emit) => emit({ id: o.id, all: [o.amount, o.at], o: 1 }.id, o)", undefined as never],
    ["(o, emit) => { const from = look(o.id); emit({ id: o.id, from }); }", ["id"]],
    ["(o, emit) => emit(x.o, o)", []],
  ];
  for (const [source, fields] of seen) expect(use(source), source).toEqual(fields);
});

test("doubt ends in not knowing", () => {
  const doubtful = [
    "() => 1",
    "(o, emit) => emit({ ...o, total: 1 })",
    "(o, emit) => { o.amount = 1; emit(o); }",
    "(o, emit) => { o.amount += 1; emit(o); }",
    "(o, emit) => { o.amount++; emit(o); }",
    "(o, emit) => { --o.amount; emit(o); }",
    "(o, emit) => { delete o.amount; emit(o); }",
    "(o, emit) => { [o.amount] = [1]; emit(o); }",
    "(o, emit) => { ({ a: o.amount } = { a: 1 }); emit(o); }",
    "(o, emit) => { for (o.amount of [1]); emit(o); }",
    "(o, emit) => { for ([o.amount] of [[1]]); emit(o); }",
    "(o, emit) => { for (o.amount in {}); emit(o); }",
    "(o, emit) => { const other = o; other.amount = 1; emit(o); }",
    "(o, emit) => { change(o); emit(o); }",
    "(o, emit) => emit(change(o))",
    "(o, emit) => emit((change(1), o))",
    "(o, emit) => emit([o][0])",
    "(o, emit) => emit(true ? o : null)",
    "(o, emit) => { o['amount'] = 1; emit(o); }",
    "(o, emit) => { o[`amount`] = 1; emit(o); }",
    "(o, emit) => { Object.assign(o, {}); emit(o); }",
    "(o, emit) => { o.tags.push(1); emit(o); }",
    "(o, emit) => { o.hasOwnProperty('id'); emit(o); }",
    "(o, emit) => { o.amount(); emit(o); }",
    "(o, emit) => { o.amount?.(); emit(o); }",
    "(o, emit) => { o.amount`x`; emit(o); }",
    "(o, emit) => { eval('o.amount = 1'); emit(o); }",
    "function (o, emit) { arguments[0].amount = 1; emit(o); }",
    "({ amount }, emit) => emit(amount)",
    "(o = {}, emit) => emit(o)",
    "(...args) => args[1](args[0])",
    "(o, emit) => { const e = emit; e(o); }",
    "(o, emit) => log.emit(o)",
    "(o, emit) => { /'/.test(x); o.amount = 1; /'/.test(x); emit(o); }",
    "(o, emit) => { if (x) /'/.test(x); o.amount = 1; /'/.test(x); emit(o); }",
    "(o, emit) => { \\u006f.amount = 1; emit(o); }",
    "(o, emit) => [1].map((o) => o)",
    "(o, emit) => ({ o })",
    "(o, emit) => { o &&= null; }",
    "function* (o, emit) { yield o; }",
    "((o, emit) => emit(o)).bind(null)",
    "Math.max",
  ];
  for (const source of doubtful) expect(use(source), source).toBeUndefined();
});
