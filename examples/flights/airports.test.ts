import { expect, test } from "vitest";
import { greatCircleKm, parseCsv, readAirports } from "./airports.ts";

const airports = readAirports(new URL("../data/airports.csv", import.meta.resolve("vega-datasets")));

test("every airport of the file is there, those with commas and quotes in their names too", () => {
  expect(airports.size).toBe(3_376);
  expect(airports.get("SFO")).toMatchObject({ city: "San Francisco", state: "CA" });
  expect(airports.get("N25")).toMatchObject({ city: "Westport, NY", state: "NY" });
  expect(airports.get("DBN")).toMatchObject({ city: "Dublin", state: "GA" });
});

test("CSV as RFC 4180 has it", () => {
  expect(parseCsv('a,b\r\n"x, ""y""",\n"two\nlines",z')).toEqual([["a", "b"], ['x, "y"', ""], ["two\nlines", "z"]]);
  expect(parseCsv("a,b\n1,2\n")).toEqual([["a", "b"], ["1", "2"]]);
  expect(parseCsv("")).toEqual([]);
});

test("great-circle distance", () => {
  const at = (latitude: number, longitude: number) => ({ city: "", state: "", latitude, longitude });
  expect(greatCircleKm(at(10, 20), at(10, 20))).toBe(0);
  expect(greatCircleKm(at(0, 0), at(0, 180))).toBeCloseTo(20_015.1, 0);
  // San Francisco to New York is 4,151 km by the published tables, on an ellipsoid.
  const [sfo, jfk] = [airports.get("SFO"), airports.get("JFK")];
  expect(sfo && jfk && greatCircleKm(sfo, jfk)).toBeGreaterThan(4_130);
  expect(sfo && jfk && greatCircleKm(sfo, jfk)).toBeLessThan(4_165);
});
