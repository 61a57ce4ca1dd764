import { readFileSync } from "node:fs";

export interface Airport {
  city: string;
  state: string;
  latitude: number;
  longitude: number;
}

/** Airports by IATA code, from a CSV file with the columns iata, name, city, state, country, latitude, longitude. */
export function readAirports(file: URL): Map<string, Airport> {
  const [header, ...rows] = parseCsv(readFileSync(file, "utf8"));
  const at = (row: string[], column: string) => row[header.indexOf(column)];
  return new Map(
    rows.map((row) => [
      at(row, "iata"),
      { city: at(row, "city"), state: at(row, "state"), latitude: Number(at(row, "latitude")), longitude: Number(at(row, "longitude")) },
    ]),
  );
}

const earthRadiusKm = 6371.0088;

/** Great-circle distance in kilometres by the haversine formula, on a sphere of the Earth's mean radius. */
export function greatCircleKm(a: Airport, b: Airport): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const half = (from: number, to: number) => Math.sin(radians(to - from) / 2) ** 2;
  const h = half(a.latitude, b.latitude) + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * half(a.longitude, b.longitude);
  // Rounding may carry h just past 1 for opposite points of the globe.
  return 2 * earthRadiusKm * Math.asin(Math.sqrt(Math.min(1, h)));
}

/** Rows of a CSV text as RFC 4180 has it: quoted fields may hold commas, line breaks and doubled quotes. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    if (end === "" && row.length === 0 && quoted === undefined && plain === "") break;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
