import { count, http, mean, stage, table, topic, tumbling } from "millrace";
import { z } from "zod";

const Order = z.object({
  id: z.string().min(1),
  customer: z.string().min(1),
  amount: z.number().positive(),
  at: z.iso.datetime(),
});

const CustomerMinute = z.object({
  customer: z.string(),
  minute: z.iso.datetime(),
  orders: z.int(),
  mean_amount: z.number(),
});

export const orders = topic("orders", { schema: Order, key: "customer", eventTime: "at", partitions: 2 });
export const large = topic("orders.large", { schema: Order, key: "customer", eventTime: "at", partitions: 2 });
export const small = topic("orders.small", { schema: Order, key: "customer", eventTime: "at", partitions: 2 });
export const perMinute = topic("orders.per_minute", { schema: CustomerMinute, key: "customer", eventTime: "minute", partitions: 2 });

/** POST /ingest/orders-intake takes an order, or a list of them. What breaks the schema is refused with its field and rule. */
export const intake = http("orders-intake", { to: orders });

/** A branch: each record goes one way or the other. */
export const branch = stage("branch-orders", {
  from: orders,
  to: { large, small },
  run: (order, emit) => emit(order.amount > 1_000 ? "large" : "small", order),
});

/** A window: orders of each customer and minute of event time. */
export const minutes = stage("orders-per-minute", {
  from: orders,
  to: perMinute,
  window: tumbling("1m"),
  aggregate: { orders: count(), mean_amount: mean("amount") },
  result: ({ window, ...row }) => ({ ...row, minute: window.start }),
});

export const allOrders = table("shop.orders", { from: orders });
export const ordersPerMinute = table("shop.orders_per_minute", { from: perMinute });
