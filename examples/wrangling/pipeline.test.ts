import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readProject } from "../../src/supervisor/definitions/read-project.ts";
import { TestEngine } from "../../src/wrangle/nested/nested-for-tests.ts";
import { compileSteps } from "../../src/wrangle/steps/compile-steps.ts";
import { readSteps } from "../../src/wrangle/steps/read-steps.ts";
import type { Wrangling } from "../../src/wrangle/wrangle.ts";
import { cleanFilms, cleanHabitats, cleanStrikes } from "./pipeline.ts";

/* What the wranglings make of the files, held against statements that were written for these files alone. */

const data = fileURLToPath(new URL("../../node_modules/vega-datasets/data/", import.meta.url));
const movies = `read_json('${fileURLToPath(new URL("../../node_modules/vega-datasets-1/data/movies.json", import.meta.url))}', columns = {${["Title", "Release_Date", "MPAA_Rating", "Distributor", "Source", "Major_Genre", "Creative_Type", "Director"].map((name) => `'${name}': 'VARCHAR'`).join(", ")}, ${["US_Gross", "Worldwide_Gross", "US_DVD_Sales", "Production_Budget", "Running_Time_min", "Rotten_Tomatoes_Rating", "IMDB_Votes"].map((name) => `'${name}': 'BIGINT'`).join(", ")}, 'IMDB_Rating': 'DOUBLE'})`;
const birdstrikes = `read_csv('${data}birdstrikes.csv', types = {'Flight Date': 'VARCHAR'})`;
const species = `read_csv('${data}species.csv')`;

/** Answers of `clean` over the clean rows, of `quarantine` over those in quarantine, and of `plain` over the file, which are one. */
async function same(engine: TestEngine, file: string, { steps }: Pick<Wrangling<unknown, unknown>, "steps">, questions: readonly { clean?: string; quarantine?: string; plain: string }[]): Promise<void> {
  const input = await engine.relation(`select * from ${file}`);
  const read = readSteps(steps);
  await engine.connection.run(`create or replace table clean as select * from ${compileSteps(read, input, "rows").from}`);
  await engine.connection.run(`create or replace table quarantine as select * from ${compileSteps(read, input, "rejected").from}`);
  for (const { clean, quarantine, plain } of questions) expect(await engine.plain((clean ?? quarantine) as string), clean ?? quarantine).toEqual(await engine.plain(plain));
  const [sum] = await engine.plain("select (select count(*) from clean) + (select count(*) from quarantine) = (select count(*) from input) as holds");
  expect(sum).toEqual({ holds: true });
}

test("films: what is true of the file is true of the clean rows, the quarantine and the report", async () => {
  const engine = await TestEngine.open();
  // The engine takes years from 69 on for those of the last century.
  const [short, long, year] = ["%d-%b-%y", "%B, %Y", "%Y"].map((format) => `try_strptime("Release_Date", '${format}')::date`);
  const day = `coalesce(case when year(${short}) > 2011 then (${short} - interval 100 years)::date else ${short} end, ${long}, ${year})`;
  const good = `"Title" is not null and ("Release_Date" = 'TBD' or ${day} <= '2010-12-31')`;
  await same(engine, movies, cleanFilms, [
    { clean: "select count(*)::int as n from clean", plain: `select count_if(${good})::int as n from ${movies}` },
    { clean: `select sum(epoch("Release_Date"))::varchar as s from clean`, plain: `select sum(epoch(${day}))::varchar as s from ${movies} where ${good}` },
    { clean: `select count("US_Gross")::int as us, sum("Worldwide_Gross")::varchar as world from clean`, plain: `select count_if("US_Gross" > 0)::int as us, sum("Worldwide_Gross")::varchar as world from ${movies} where ${good}` },
    { clean: `select count("MPAA_Rating")::int as n from clean`, plain: `select count_if("MPAA_Rating" in ('R', 'PG-13', 'PG', 'G', 'NC-17'))::int as n from ${movies} where ${good}` },
    { clean: `select "Title", "remade" from clean where remade is not null order by all`, plain: `select "Title", "Title"[-5:-2] as remade from ${movies} where ${good} and "Title" similar to '.*\\([0-9]{4}\\)' order by all` },
    { clean: `select "Title" from clean where "Title" similar to '[0-9]+' order by 1`, plain: `select "Title" from ${movies} where ${good} and regexp_full_match("Title", '[0-9]+') order by 1` },
    { quarantine: `select rule, count(*)::int as n from quarantine group by all order by all`, plain: `select case when "Title" is null then 'required' else 'inRange' end as rule, count(*)::int as n from ${movies} where not coalesce(${good}, false) group by all order by all` },
    { quarantine: `select row->>'Title' as title from quarantine where rule = 'inRange' order by 1`, plain: "select unnest(['Restless', 'The Adventures of Tintin: Secret of the Unicorn']) as title" },
    // By a person's eye: films whose days everybody can look up, one of each spelling, and one that has none.
    { clean: `select "Title", "Release_Date"::varchar as day from clean where "Title" in ('The Birth of a Nation', 'Wings', 'The Land Girls', 'The Sound of Music', 'Drei', 'Bananas', 'Avatar') order by 1`, plain: "select * from (values ('Avatar', '2009-12-18'), ('Bananas', '1971-04-28'), ('Drei', null), ('The Birth of a Nation', '1915-02-08'), ('The Land Girls', '1998-06-12'), ('The Sound of Music', '1965-04-01'), ('Wings', '1927-08-12')) as t(\"Title\", day) order by 1" },
    { clean: `select count_if("Release_Date" is null)::int as undecided, count_if("Release_Date"::varchar like '%-01-01' and "Title" <> 'The Big Parade')::int as years from clean`, plain: `select 7 as undecided, count_if(length("Release_Date") = 4 or "Release_Date" like '1-Jan-%' and "Title" <> 'The Big Parade')::int as years from ${movies}` },
  ]);
  const report = await engine.plain(`select rule, "column", changed::int as n from ${compileSteps(readSteps(cleanFilms.steps), await engine.describe("input"), "report").from} where "column" in ('US_Gross', 'MPAA_Rating', 'remade')`);
  const [counts] = await engine.plain(`select count_if("US_Gross" = 0)::int as gross, count_if("MPAA_Rating" in ('Not Rated', 'Open'))::int as rating, count_if(regexp_matches("Title", '\\([0-9]{4}\\)$'))::int as remade from ${movies}`);
  expect(report).toEqual([{ rule: "nullify", column: "US_Gross", n: counts.gross }, { rule: "nullify", column: "MPAA_Rating", n: counts.rating }, { rule: "extract", column: "remade", n: counts.remade }]);
});

test("birdstrikes: cryptic codes are in quarantine, and what nobody knows is null", async () => {
  const engine = await TestEngine.open();
  const good = `"Effect Amount of damage" in ('None', 'Minor', 'Medium', 'Substantial')`;
  await same(engine, birdstrikes, cleanStrikes, [
    { clean: "select count(*)::int as n from clean", plain: `select count_if(${good})::int as n from ${birdstrikes}` },
    { quarantine: "select row->>'Effect Amount of damage' as code, count(*)::int as n from quarantine group by all order by all", plain: `select "Effect Amount of damage" as code, count(*)::int as n from ${birdstrikes} where not ${good} group by all order by all` },
    { clean: `select count("Wildlife Species")::int as species, count("Speed IAS in knots")::int as speed, count("Aircraft Airline Operator")::int as operators from clean`, plain: `select count_if("Wildlife Species" not like 'Unknown bird%')::int as species, count_if("Speed IAS in knots" > 0)::int as speed, count_if("Aircraft Airline Operator" <> 'UNKNOWN')::int as operators from ${birdstrikes} where ${good}` },
    { clean: `select count(*)::int as n from clean where "Aircraft Airline Operator" = 'Us Airways'`, plain: `select count(*)::int as n from ${birdstrikes} where "Aircraft Airline Operator" like 'US AIRWAYS%' and ${good}` },
    { clean: `select "Airport Name" as name from clean where "Airport Name" like 'Dallas%' group by all`, plain: "select 'Dallas/Fort Worth International Airport' as name" },
  ]);
});

test("species: what is embedded in a column becomes columns", async () => {
  const engine = await TestEngine.open();
  await same(engine, species, cleanHabitats, [
    { clean: "select genus, epithet, taxon, count(*)::int as n, round(sum(habitat_yearround_pct), 6) as s from clean group by all order by all", plain: `select split_part(scientific_name, ' ', 1) as genus, split_part(scientific_name, ' ', 2) as epithet, case gap_species_code[1] when 'a' then 'amphibian' when 'b' then 'bird' when 'm' then 'mammal' when 'r' then 'reptile' end as taxon, count(*)::int as n, round(sum(habitat_yearround_pct), 6) as s from ${species} group by all order by all` },
    { quarantine: "select count(*)::int as n from quarantine", plain: "select 0 as n" },
  ]);
});

test("rows in memory come out as in the engine", async () => {
  const engine = await TestEngine.open();
  const rows = await engine.plain(`select * from ${movies}`);
  const done = cleanFilms.apply(rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === "string" && /Gross|Sales|Budget|Time|Rating$|Votes/.test(name) && /^\d+$/.test(value) ? Number(value) : value]))) as never);
  const input = await engine.relation(`select * from ${movies}`);
  const [{ n }] = await engine.plain(`select count(*)::int as n from ${compileSteps(readSteps(cleanFilms.steps), input, "rows").from}`);
  expect([done.rows.length, done.rejected.length]).toEqual([n, rows.length - Number(n)]);
});

test("the project has no problems, and each wrangling stands for three tables", async () => {
  const { manifest } = await readProject(fileURLToPath(new URL(".", import.meta.url)));
  expect(manifest.problems).toEqual([]);
  expect(Object.keys(manifest.tables)).toEqual(["birds.strikes", "films.clean", "species.habitat"].flatMap((name) => [name, `${name}_quarantine`, `${name}_report`]));
  expect(manifest.tables["films.clean"].model?.checks.map(({ name, severity }) => [name, severity])).toEqual([["every_row_is_accounted_for", "error"]]);
});
