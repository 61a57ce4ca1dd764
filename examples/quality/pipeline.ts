import { accepted, files, jsonSchema, pattern, range, recordCheck, table, topic } from "millrace";
import { detect, profile, profileSchema, rollingMad, validate, verdictSchema } from "millrace/quality";

/** The data of the npm package vega-datasets: 10,000 birds that met aircraft, as they were written down. */
const birdstrikes = new URL("../data/birdstrikes.csv", import.meta.resolve("vega-datasets"));

const text = { type: ["string", "null"] };
const number = { type: ["integer", "null"] };

interface Strike {
  "Airport Name": string | null;
  "Aircraft Make Model": string | null;
  "Effect Amount of damage": string | null;
  "Flight Date": string;
  "Aircraft Airline Operator": string | null;
  "Origin State": string | null;
  "Phase of flight": string | null;
  "Wildlife Size": string | null;
  "Wildlife Species": string | null;
  "Time of day": string | null;
  "Cost Other": number | null;
  "Cost Repair": number | null;
  "Cost Total $": number | null;
  "Speed IAS in knots": number | null;
}

const Strike = jsonSchema<Strike>({
  type: "object",
  properties: {
    ...Object.fromEntries(["Airport Name", "Aircraft Make Model", "Effect Amount of damage", "Aircraft Airline Operator", "Origin State", "Phase of flight", "Wildlife Size", "Wildlife Species", "Time of day"].map((name) => [name, text])),
    "Flight Date": { type: "string", format: "date" },
    ...Object.fromEntries(["Cost Other", "Cost Repair", "Cost Total $", "Speed IAS in knots"].map((name) => [name, number])),
  },
  required: ["Flight Date"],
});

export const strikes = topic("strikes", { schema: Strike, partitions: 1 });
export const sound = topic("strikes.sound", { schema: Strike, partitions: 1 });
export const verdicts = table("strikes.verdicts", { schema: verdictSchema, eventTime: "at" });
export const profiles = topic("strikes.profiles", { schema: profileSchema, eventTime: "window_start", partitions: 1 });
export const dear = topic("strikes.dear", { schema: Strike, partitions: 1 });

export const replay = files("strikes-replay", { to: strikes, path: birdstrikes });

/** Judges each record: what holds goes on, of the others it is kept why not. A process of its own, like any stage. */
export const checkStrikes = validate("check-strikes", {
  from: strikes,
  to: { valid: sound, verdicts },
  checks: [
    accepted("Effect Amount of damage", ["None", "Minor", "Medium", "Substantial"], { name: "known damage" }),
    range("Speed IAS in knots", { min: 0, max: 400 }, { name: "possible speed", severity: "warn" }),
    pattern("Origin State", /^[A-Z][A-Za-z ]+$/, { name: "state", severity: "warn" }),
    recordCheck<Strike>("costs add up", ({ "Cost Other": other, "Cost Repair": repair, "Cost Total $": total }) => (other ?? 0) + (repair ?? 0) === (total ?? 0) || `${other} + ${repair} is not ${total}`),
  ],
});

/** What 2,000 records at a time look like, as states that merge. */
export const profileStrikes = profile("profile-strikes", { from: sound, to: profiles, every: 2_000 });

/** Strikes that cost far more than those before them. */
export const dearStrikes = detect("dear-strikes", {
  from: sound,
  to: dear,
  value: (strike) => Math.log1p(strike["Cost Total $"] ?? 0),
  method: rollingMad({ window: 200, threshold: 6, scaleMin: 1.5 }),
  result: (strike) => strike,
});
