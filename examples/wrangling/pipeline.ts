import { externalTable } from "millrace";
import { inRange, normalize, nullify, parseDate, required, trim, wrangle, wrangled } from "millrace/wrangle";
import { z } from "zod";

const data = "../../node_modules/vega-datasets/data";
const money = z.int().nullable();
const word = z.string().nullable();

export const movies = externalTable("raw.movies", {
  at: `${data}/movies.json`,
  description: "3,201 films, as somebody has put them together in 2010.",
  schema: z.object({
    Title: word,
    "US Gross": money,
    "Worldwide Gross": money,
    "US DVD Sales": money,
    "Production Budget": money,
    "Release Date": word,
    "MPAA Rating": word,
    "Running Time min": z.int().nullable(),
    Distributor: word,
    Source: word,
    "Major Genre": word,
    "Creative Type": word,
    Director: word,
    "Rotten Tomatoes Rating": z.int().nullable(),
    "IMDB Rating": z.number().nullable(),
    "IMDB Votes": z.int().nullable(),
  }),
});

export const films = wrangled(
  "films.clean",
  wrangle(
    movies,
    normalize(["Title", "Distributor", "Director"]),
    trim(["Title", "Distributor", "Director"], { inside: "collapse" }),
    // Nobody makes a film that earns nothing: 0 stands for not known.
    nullify(["US Gross", "Worldwide Gross", "Production Budget"], { values: [0] }),
    nullify(["MPAA Rating", "Source", "Director", "Title"], { also: ["Not Rated", "Open"] }),
    required("Title"),
    parseDate("Release Date", "MMM d yyyy"),
    // Years of two digits were read as of this century: The Birth of a Nation is not of 2015.
    inRange("Release Date", { max: "2010-12-31" }),
    inRange(["IMDB Rating"], { min: 0, max: 10 }),
  ),
  { description: "Films with a title and a day of release that can be." },
);
