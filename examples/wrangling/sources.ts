import { externalTable } from "millrace";
import { z } from "zod";

/* Files of the npm package vega-datasets, as they are; that of the films of its version 1, in later ones somebody has cleaned it. */

const data = "../../node_modules/vega-datasets/data";
const text = z.string().nullable();
const whole = z.int().nullable();

export const movies = externalTable("raw.movies", {
  at: "../../node_modules/vega-datasets-1/data/movies.json",
  description: "3,201 films, as somebody put them together in 2010.",
  schema: z.object({
    Title: text,
    US_Gross: whole,
    Worldwide_Gross: whole,
    US_DVD_Sales: whole,
    Production_Budget: whole,
    Release_Date: text,
    MPAA_Rating: text,
    Running_Time_min: whole,
    Distributor: text,
    Source: text,
    Major_Genre: text,
    Creative_Type: text,
    Director: text,
    Rotten_Tomatoes_Rating: whole,
    IMDB_Rating: z.number().nullable(),
    IMDB_Votes: whole,
  }),
});

export const birdstrikes = externalTable("raw.birdstrikes", {
  at: `${data}/birdstrikes.csv`,
  description: "10,000 birds that met aircraft, 1990 to 2002.",
  schema: z.object({
    "Airport Name": text,
    "Aircraft Make Model": text,
    "Effect Amount of damage": text,
    "Flight Date": text,
    "Aircraft Airline Operator": text,
    "Origin State": text,
    "Phase of flight": text,
    "Wildlife Size": text,
    "Wildlife Species": text,
    "Time of day": text,
    "Cost Other": whole,
    "Cost Repair": whole,
    "Cost Total $": whole,
    "Speed IAS in knots": whole,
  }),
});

export const habitats = externalTable("raw.species", {
  at: `${data}/species.csv`,
  description: "How much of each county is habitat of four species.",
  schema: z.object({ item_id: text, common_name: text, scientific_name: text, gap_species_code: text, county_id: text, habitat_yearround_pct: z.number().nullable() }),
});
