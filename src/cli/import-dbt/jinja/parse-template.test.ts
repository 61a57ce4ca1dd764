import { expect, test } from "vitest";
import { Evaluator } from "./evaluate.ts";
import { JinjaError } from "./jinja-error.ts";
import { parseTemplate } from "./parse-template.ts";
import type { Value } from "./values.ts";

const rendered = (template: string, names: Record<string, Value> = {}): string => new Evaluator().text(parseTemplate(template), new Map(Object.entries(names)));

/** What stands on the right is what Jinja2 3.1 makes of it. */
test.each([
  ["a {{ 'b' }} c", "a b c"],
  ["a {{- 'b' -}} c", "abc"],
  ["a\n{%- if true %}\n  b\n{%- endif %}\nc", "a\n  b\nc"],
  ["{# a {{ comment }} #}b", "b"],
  ["a {#- x -#} b", "ab"],
  ["{% raw %}{{ x }}{% endraw %}", "{{ x }}"],
  ["{{ '}}' }}{{ {'a': {'b': 1}}['a']['b'] }}", "}}1"],
  ["{% set x = 1 %}{{ x + 2 * 3 }}", "7"],
  ["{% set x %}a{{ 1 }}{% endset %}{{ x }}", "a1"],
  ["{% set a, b = 1, 2 %}{{ b }}{{ a }}", "21"],
  ["{% for x in [1, 2, 3] if x != 2 %}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}", "1,3"],
  ["{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %}", "a1b2"],
  ["{% for x in [] %}{{ x }}{% else %}none{% endfor %}", "none"],
  ["{% if a %}1{% elif b %}2{% else %}3{% endif %}", "2", { a: [], b: "x" }],
  ["{{ 'yes' if a is defined else 'no' }}{{ a | default('d') }}", "nod"],
  ["{{ 2 ** 3 }} {{ 7 // 2 }} {{ -7 % 3 }} {{ 1 / 2 }}", "8 3 2 0.5"],
  ["{{ not 1 == 2 and 'a' in 'cat' }}", "True"],
  ["{{ 'a' ~ 1 ~ none }} {{ 3 not in [1, 2] }}", "a1None True"],
  ["{{ ['b', 'a'] | sort | join('-') | upper }}", "A-B"],
  ["{{ x.y[0] }}{{ 'A b'.lower().split(' ')[1] }}", "1b", { x: { y: [1] } }],
  ["{{ \"it's\" 'joined' }}", "it'sjoined"],
  ["{% macro m(a, b='x') %}{% endmacro %}{{ (1, 2) }}", "[1, 2]"],
])("%s", (template, text, names: Record<string, Value> = {}) => {
  expect(rendered(template, names)).toBe(text);
});

test.each([
  ["a {{ b", 2, '"{{" is not closed by "}}"'],
  ["{% if x %}", 3, "{% if %} has no {% endif %}"],
  ["a {% unknown %}", 5, "{% unknown %} is not known"],
  ["{{ a ? b }}", 5, '"?" cannot be read here'],
  ["{{ [1, 2 }}", 9, '"]" is missing'],
  ["{{ a[1:2] }}", 6, "slices are not read"],
  ["{{ }}", 3, "an expression is missing"],
  ["{% raw %}", 0, "{% raw %} has no {% endraw %}"],
])("%s is told with its place", (template, at, message) => {
  const error = thrownBy(() => parseTemplate(template));
  expect([error.at, error.message]).toEqual([at, message]);
});

test("what is not known is not guessed, and what never ends is ended", () => {
  expect(thrownBy(() => rendered("a {{ b }}")).message).toBe('"b" is not known here');
  expect(thrownBy(() => rendered("{{ [1] | map('x') }}")).message).toBe('the filter "map" is not known');
  const names: Record<string, Value> = { many: Array.from({ length: 1_000 }, (_, i) => i) };
  expect(thrownBy(() => rendered("{% for a in many %}{% for b in many %}{{ a }}{% endfor %}{% endfor %}", names)).message).toBe("it takes too many steps");
  expect(thrownBy(() => parseTemplate(`{{ ${"(".repeat(10_000)}1${")".repeat(10_000)} }}`)).message).toBe("the expression is too deep");
});

function thrownBy(work: () => unknown): JinjaError {
  try {
    work();
  } catch (error) {
    if (error instanceof JinjaError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
