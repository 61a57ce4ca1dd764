import { stage, topic } from "millrace";
import { z } from "zod";
import { Order } from "../order-schema.ts";

const Priced = z.object({ ...Order.shape, total: z.number(), band: z.string() });

export const orders = topic("orders", { schema: Order, key: "customer", eventTime: "at" });
export const priced = topic("orders.priced", { schema: Priced, key: "customer", eventTime: "at" });

export const price = stage("price", {
  from: orders,
  to: priced,
  run: (order, emit) => {
    const total = Math.round(order.amount * order.quantity * (1 - order.discount) * 100) / 100;
    emit({
      id: order.id,
      customer: order.customer,
      amount: order.amount,
      quantity: order.quantity,
      at: order.at,
      country: order.country,
      currency: order.currency,
      channel: order.channel,
      discount: order.discount,
      gift: order.gift,
      total,
      band: total < 1_000 ? "low" : total < 10_000 ? "middle" : "high",
    });
  },
});
