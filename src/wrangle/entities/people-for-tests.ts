/** People as registers have them: some several times, with what happens to names and dates when people write them down. The same for the same seed. */
export interface Person {
  id: string;
  /** Who it is: the truth, which nobody tells the linking. */
  entity: number;
  given: string | null;
  surname: string | null;
  born: string | null;
  city: string | null;
  email: string | null;
}

const givens = "James Mary John Patricia Robert Jennifer Michael Linda William Elizabeth David Barbara Richard Susan Joseph Jessica Thomas Sarah Charles Karen Christopher Nancy Daniel Lisa Matthew Betty Anthony Margaret Mark Sandra Donald Ashley Steven Kimberly Paul Emily Andrew Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Dorothy George Melissa Edward Deborah Ronald Stephanie Timothy Rebecca Jason Sharon Jeffrey Laura Ryan Cynthia Jacob Kathleen Gary Amy Nicholas Angela Eric Shirley Jonathan Anna Stephen Brenda Larry Pamela Justin Emma Scott Nicole Brandon Helen Benjamin Samantha Samuel Katherine Gregory Christine Alexander Debra Frank Rachel Patrick Carolyn Raymond Janet Jack Catherine Dennis Maria Jerry Heather".split(" ");
const beginnings = "Ash Bar Black Brad Broad Brook Burn Carl Chad Clay Clif Cold Cren Dal Den Ed Fair Farn Fen Gold Grant Green Hal Ham Hart Hay Hol Hud Kel Ken Kirk Lang Law Lin Long Mal Mar Mel Mil Mor Nor Oak Par Pem Pres Rad Ray Red Rich Rock Sal San Shel Sher Stan Stock Sut Thorn Trow Wal War Wes Whit Wil Win Wood York".split(" ");
const ends = "bank bery borough bridge brook burn bury by combe cott croft dale den don field ford gate ham hill hurst land leigh ley low man mere mond more ness over ridge sey shaw smith son stead stock stone thorpe ton tree vale ward wall way well wick wood worth".split(" ");
const cities = "London Leeds York Bath Derby Dover Exeter Hull Lincoln Oxford Preston Ripon Salford Truro Wells Bristol Carlisle Chester Durham Ely".split(" ");

/**
 * @param rows - how many rows; about two of three people are there once
 * @param seed - a whole number
 */
export function people(rows: number, seed = 1): Person[] {
  const random = randomOf(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)];
  // Few names are frequent, many are rare.
  const frequent = <T>(from: readonly T[]): T => from[Math.floor(random() ** 2 * from.length)];
  const all: Person[] = [];
  for (let entity = 0; all.length < rows; entity++) {
    const given = frequent(givens);
    const surname = frequent(beginnings) + pick(ends);
    const born = new Date(Date.UTC(1930, 0, 1) + Math.floor(random() * 27_000) * 86_400_000).toISOString().slice(0, 10);
    const email = `${given}.${surname}${Math.floor(random() * 90 + 10)}@${pick(["mail", "post", "web"])}.example`.toLowerCase();
    const original = { entity, given, surname, born, city: frequent(cities), email };
    const copies = random() < 0.65 ? 1 : 2 + Math.floor(random() * 3);
    for (let copy = 0; copy < copies && all.length < rows; copy++) {
      all.push({ id: `p${String(all.length).padStart(7, "0")}`, ...(copy === 0 ? original : { ...original, ...damaged(original, random, pick) }) });
    }
  }
  return all;
}

function damaged(person: Omit<Person, "id">, random: () => number, pick: <T>(from: readonly T[]) => T): Partial<Person> {
  const maybe = (text: string | null, wrong: number, missing: number): string | null => (random() < missing ? null : text !== null && random() < wrong ? mistyped(text, random) : text);
  return {
    given: random() < 0.08 ? (person.given?.[0] ?? null) : maybe(person.given, 0.15, 0.03),
    surname: random() < 0.04 ? pick(beginnings) + pick(ends) : maybe(person.surname, 0.2, 0.03),
    born: random() < 0.05 ? null : random() < 0.1 ? swappedDate(person.born as string) : person.born,
    city: random() < 0.2 ? pick(cities) : maybe(person.city, 0.1, 0.1),
    email: random() < 0.3 ? null : maybe(person.email, 0.2, 0),
  };
}

/** Day and month the other way round where that is a date, else another day. */
function swappedDate(date: string): string {
  const [year, month, day] = date.split("-");
  return Number(day) <= 12 ? `${year}-${day}-${month}` : `${year}-${month}-${String(Number(day) - 1).padStart(2, "0")}`;
}

function mistyped(text: string, random: () => number): string {
  const at = Math.floor(random() * (text.length - 1));
  const letter = "abcdefghijklmnopqrstuvwxyz"[Math.floor(random() * 26)];
  switch (Math.floor(random() * 4)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + letter + text.slice(at);
    case 2:
      return text.slice(0, at) + letter + text.slice(at + 1);
    default:
      return text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
  }
}

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const peopleColumns = { id: "VARCHAR", entity: "BIGINT", given: "VARCHAR", surname: "VARCHAR", born: "DATE", city: "VARCHAR", email: "VARCHAR" } as const;
