import { count, stage, sum, topic, tumbling } from "millrace";
import { z } from "zod";
import { Order } from "../order-schema.ts";

const Minute = z.object({ customer: z.string(), minute: z.iso.datetime(), orders: z.int(), amount: z.number() });

export const orders = topic("orders", { schema: Order, key: "customer", eventTime: "at" });
export const minutes = topic("orders.minutes", { schema: Minute, key: "customer", eventTime: "minute" });

export const perMinute = stage("per-minute", {
  from: orders,
  to: minutes,
  by: "customer",
  window: tumbling("1m"),
  aggregate: { orders: count(), amount: sum("amount") },
  result: ({ window, ...row }) => ({ ...row, minute: window.start }),
});
