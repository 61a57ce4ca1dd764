import { z } from "zod";
import { table } from "../../model/table.ts";

/** A table in which there is something of each thing that steps mend. */
export const orders = table("raw.orders", {
  writtenBy: "tasks",
  schema: z.object({ id: z.int(), city: z.string().nullable(), amount: z.string().nullable(), price: z.string().nullable(), paid: z.string().nullable(), ordered: z.string().nullable(), shipped: z.string().nullable(), score: z.number().nullable(), seen: z.iso.datetime().nullable() }),
});

/** Its rows. */
export const ordersSql = `
  select i as id, ['Oslo', ' OSLO', 'Rome', 'Málaga', 'malaga', 'xxx'][1 + i % 6] as city,
    case when i % 10 = 0 then 'N/A' else format('{:d}.{:03d},{:02d}', 1 + i % 9, i % 1000, i % 100) end as amount,
    '€ ' || (i % 90) || '.50' as price, ['yes', 'No', ' n'][1 + i % 3] as paid,
    case when i % 2 = 0 then strftime(date '2020-01-01' + i::int, '%d.%m.%Y') else strftime(date '2020-01-01' + i::int, '%b %d, %Y') end as ordered,
    '0' || (1 + i % 9) || '/0' || (1 + i % 7) || '/2020' as shipped,
    case when i % 20 = 0 then -999 else 50 + i % 50 end::double as score, case when i % 25 = 0 then timestamp '9999-12-31' else timestamp '2020-01-01' + interval (i) hour end as seen
  from range(300) r(i)`;
