import { flatten, notNull, onUpdate, relationalize, sql, table, unique } from "millrace";
import { orders, stock, visits } from "./pipeline.ts";

/* What is made of the loaded tables. Each is built when what it reads has been loaded anew. */

export const revenue = table("marts.revenue", {
  description: "Orders and what they came to, by country.",
  schedule: onUpdate(orders),
  sql: sql`select country, count(*) as orders, sum(amount)::decimal(18, 2) as amount from ${orders} group by country`,
  checks: [unique("country"), notNull("amount")],
});

export const visitors = table("marts.visitors", {
  description: "Visits by country of the visitor, of nested rows.",
  dag: "models.visits",
  schedule: onUpdate(visits),
  sql: sql`select "user.country" as country, count(*) as visits, round(sum(spent), 2) as spent from ${flatten(visits)} group by all`,
});

export const wanted = table("marts.wanted", {
  description: "Units that visitors looked at, beside those in stock on the last day.",
  dag: "models.visits",
  schedule: onUpdate(visits),
  sql: sql`
    with looked as (select "items.val.sku" as sku, sum("items.val.units") as units from ${relationalize(visits, { key: ["id"] }).table("items")} group by all),
      left_over as (select sku, units from ${stock} where day = (select max(day) from ${stock}))
    select sku, looked.units as wanted, left_over.units as in_stock from looked left join left_over using (sku)`,
  checks: [unique("sku")],
});
