import { sourceFolder } from "millrace";

/** A visit to the shop, as its web server writes it. */
interface Visit {
  id: number;
  at: string;
  user: { id: number; country: string };
  spent: number | null;
  items: { sku: string; units: number }[];
}

/*
 * Each folder in raw/ becomes a table: `shop_raw.orders` are the files as they lie there, `shop.orders` is the table of the lake
 * that they are loaded into. Nothing is said of formats and columns: they are found out, and followed when they change.
 */
export const shop = sourceFolder("shop", {
  at: "raw/*",
  every: "1m",
  description: "What the shop's systems put down, day by day",
  tables: {
    // The web server writes sums as numbers or as text, as it happens.
    visits: { choices: { spent: { cast: "double" } } },
  },
});

export const orders = shop.table("orders");
export const visits = shop.table<Visit>("visits");
export const stock = shop.table("stock");
