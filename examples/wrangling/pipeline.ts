import { changeCase, extract, inRange, mapValues, normalize, nullify, parseDate, replace, required, trim, wrangle, wrangled } from "millrace/wrangle";
import { birdstrikes, habitats, movies } from "./sources.ts";

export { birdstrikes, habitats, movies };

/** Titles and days that are numbers in the file are texts here: the schema says so. */
export const cleanFilms = wrangle(
  movies,
  normalize(["Title", "Distributor", "Director"]),
  trim(["Title", "Distributor", "Director"], { inside: "collapse" }),
  // Nobody makes a film for nothing: 0 stands for not known.
  nullify(["US_Gross", "Worldwide_Gross", "Production_Budget"], { values: [0] }),
  nullify(["MPAA_Rating", "Source", "Director", "Title"], { also: ["Not Rated", "Open"] }),
  required("Title"),
  extract("Title", "[(](?<remade>\\d{4})[)]$"),
  // To be decided: 7 films had no day when the file was made.
  nullify("Release_Date", { also: ["TBD"] }),
  // 12-Jun-98, March, 1987 and 1963. Years from 12 on are of the last century: The Birth of a Nation is of 1915.
  parseDate("Release_Date", ["d-MMM-yy", "MMMM, yyyy", "yyyy"], { pivot: 12 }),
  // The file is of 2010: what comes later was announced only.
  inRange("Release_Date", { max: "2010-12-31" }),
  inRange("IMDB_Rating", { min: 0, max: 10 }),
);
export const films = wrangled("films.clean", cleanFilms, { description: "Films with a title, and a day of release that can be." });

export const cleanStrikes = wrangle(
  birdstrikes,
  parseDate("Flight Date", "yyyy-MM-dd"),
  mapValues("Effect Amount of damage", { None: "none", Minor: "minor", Medium: "medium", Substantial: "substantial" }, { else: "quarantine" }),
  replace("Aircraft Airline Operator", "[*]+$", "", { pattern: true }),
  nullify(["Aircraft Airline Operator", "Origin State"]),
  replace("Wildlife Species", "^Unknown bird.*", "unknown", { pattern: true }),
  nullify("Wildlife Species"),
  nullify("Speed IAS in knots", { values: [0] }),
  changeCase(["Airport Name", "Aircraft Airline Operator"], "title"),
  replace("Airport Name", " Intl( Arpt)?$", " International Airport", { pattern: true }),
);
export const strikes = wrangled("birds.strikes", cleanStrikes, { description: "Birds that met aircraft." });

export const cleanHabitats = wrangle(
  habitats,
  required(["common_name", "county_id"]),
  extract("scientific_name", "^(?<genus>\\p{Lu}\\p{Ll}+) (?<epithet>\\p{Ll}+)$", { misfits: "quarantine" }),
  extract("gap_species_code", "^(?<taxon>[a-z])"),
  mapValues("taxon", { a: "amphibian", b: "bird", m: "mammal", r: "reptile" }, { else: "quarantine" }),
  inRange("habitat_yearround_pct", { min: 0, max: 1 }),
);
export const habitat = wrangled("species.habitat", cleanHabitats, { description: "How much of each county is habitat of a species." });
