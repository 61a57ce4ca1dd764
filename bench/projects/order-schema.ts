import { z } from "zod";

/** An order: ten fields of the types that most records have. */
export const Order = z.object({
  id: z.string(),
  customer: z.string(),
  amount: z.number(),
  quantity: z.int(),
  at: z.iso.datetime(),
  country: z.string(),
  currency: z.string(),
  channel: z.string(),
  discount: z.number(),
  gift: z.boolean(),
});
