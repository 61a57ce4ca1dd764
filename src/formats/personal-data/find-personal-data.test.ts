import fc from "fast-check";
import { expect, test } from "vitest";
import { personalFindings } from "./find-personal-data.ts";

test.for([
  ["contact", ["ann@example.com", "bob.b@mail.example.org", "c@x.co"], "e-mail"],
  ["number", ["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009", "6011000000000004"], "payment card"],
  ["account", ["DE89370400440532013000", "GB82 WEST 1234 5698 7654 32", "FR1420041010050500013M02606"], "IBAN"],
  ["source", ["203.0.113.7", "2001:db8::1", "198.51.100.20"], "IP address"],
  ["x", ["+44 20 7946 0958", "+1 (555) 010-9999", "+49 30 901820"], "phone"],
  ["mobile", ["5550109999", "5550101234"], "phone"],
  ["x", ["078-05-1120", "219-09-9999", "457-55-5462"], "national id"],
  ["x", ["AB123456C", "JG103759A", "PW 12 34 56 B"], "national id"],
  ["x", ["86095742719", "47036892816", "65929970489"], "national id"],
  ["dni", ["12345678Z", "X1234567L"], "national id"],
  ["full_name", ["Ann Miller", "Bob O'Neil", "José García"], "person name"],
  ["author", ["Maria Rossi", "Peter Parker", "Anna Schmidt"], "person name"],
  ["place", ["12 Main Street", "4 Elm Ave", "221B Baker St"], "postal address"],
  ["wo", ["Hauptstraße 5", "Am Waldweg 12a", "Lindenallee 3"], "postal address"],
  ["date_of_birth", ["1990-01-31", "1985-12-24"], "date of birth"],
] as const)("%s %j: %s", ([name, values, kind]) => {
  const [finding] = personalFindings(name, values);
  expect(finding?.kind).toBe(kind);
  expect(finding.confidence).toBeGreaterThanOrEqual(0.5);
});

test("the German Steuer-ID has its check digit and its rule of digits", () => {
  expect(personalFindings("x", ["86095742719", "47036892816", "65929970489"])[0].detail).toBe("DE Steuer-ID");
  expect(personalFindings("x", ["86095742718", "47036892815", "65929970488"])).toEqual([]);
});

test("plain numbers raise no alarm, though one in ten passes Luhn", () => {
  const digits = (length: number) => fc.array(fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: length, maxLength: length }), { minLength: 20, maxLength: 200 });
  fc.assert(fc.property(fc.oneof(digits(5), digits(8), digits(9), digits(11), digits(13), digits(16)), (values) => {
    expect(personalFindings("value", [...new Set(values)])).toEqual([]);
  }));
});

test("what only looks like it: versions, times, products, measures", () => {
  expect(personalFindings("version", ["1.2.3.4", "10.0.0.1"])).toEqual([]);
  expect(personalFindings("created", ["2024-01-01", "2024-02-01"])).toEqual([]);
  expect(personalFindings("product", ["Red Chair", "Oak Table", "Big Lamp"])).toEqual([]);
  expect(personalFindings("position", ["52.520008", "13.404954", "-0.1278"])).toEqual([]);
});
