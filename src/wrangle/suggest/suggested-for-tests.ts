import { cluster, nullify, parseBoolean, parseDate, parseMoney, parseNumber, trim, wrangle, wrangled } from "millrace/wrangle";
import { orders } from "./dirty-for-tests.ts";

// raw.orders, 300 rows: proposed from its profile, to be looked at before it is kept.
// Yours to decide: "shipped": "01/01/2020" is of d/M/yyyy or of M/d/yyyy, and nothing in the column tells which: write parseDate with one of them.
export const cleanOrders = wrangled(
  "clean.orders",
  wrangle(
    orders,
    trim(["city", "paid"]), // city holds texts with a blank at the beginning or the end (50 rows); paid holds texts with a blank at the beginning or the end (100 rows)
    nullify(["city", "amount"], { also: ["xxx"] }), // city holds texts that stand for no value (50 rows); amount holds texts that stand for no value (30 rows)
    nullify("score", { values: [-999] }), // score holds numbers that no other value is like, and that often stand for none (15 rows)
    nullify("seen", { values: ["9999-12-31 00:00:00"] }), // seen holds days that often stand for none (12 rows)
    parseNumber("amount", { locale: "de" }), // holds numbers written as text
    parseMoney("price"), // holds numbers written as text
    parseBoolean("paid"), // holds truth values written as text
    parseDate("ordered", ["d.M.yyyy", "MMM d, yyyy"]), // holds dates written as text
    cluster("city"), // city holds values that differ in case, blanks or accents alone
  ),
);
