/** How dates are written, the surest first. `a/b` stands for day and month where the numbers do not tell which is which. */
const spellings: [name: string, pattern: RegExp][] = [
  ["yyyy-mm-dd", /^\d{4}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s?(?:Z|[+-]\d{2}:?\d{2})?)?$/],
  ["yyyy/mm/dd", /^\d{4}\/(?:0?[1-9]|1[0-2])\/(?:0?[1-9]|[12]\d|3[01])(?: \d{1,2}:\d{2}(?::\d{2})?)?$/],
  ["dd.mm.yyyy", /^(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])\.(?:\d{4}|\d{2})(?: \d{1,2}:\d{2}(?::\d{2})?)?$/],
  ["a/b/yyyy", /^(?:0?[1-9]|[12]\d|3[01])\/(?:0?[1-9]|[12]\d|3[01])\/(?:\d{4}|\d{2})(?: \d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?)?$/i],
  ["a-b-yyyy", /^(?:0?[1-9]|[12]\d|3[01])-(?:0?[1-9]|[12]\d|3[01])-(?:\d{4}|\d{2})$/],
  ["dd-Mon-yyyy", /^(?:0?[1-9]|[12]\d|3[01])[- .]{1,2}(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?[- ,]+(?:\d{4}|\d{2})(?: \d{1,2}:\d{2}(?::\d{2})?)?$/i],
  ["Mon dd yyyy", /^(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? (?:0?[1-9]|[12]\d|3[01])(?:,)? (?:\d{4}|\d{2})(?: \d{1,2}:\d{2}(?::\d{2})?)?$/i],
];

/** How a text writes a date; undefined where it is none. */
export function dateSpelling(text: string): string | undefined {
  return spellings.find(([, pattern]) => pattern.test(text))?.[0];
}
