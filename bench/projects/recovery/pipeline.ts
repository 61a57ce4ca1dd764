import { stage, topic } from "millrace";
import { Order } from "../order-schema.ts";

export const orders = topic("orders", { schema: Order, key: "customer", eventTime: "at" });
export const large = topic("orders.large", { schema: Order, eventTime: "at" });
export const small = topic("orders.small", { schema: Order, eventTime: "at" });

export const branch = stage("branch", {
  from: orders,
  to: { large, small },
  run: (order, emit) => emit(order.amount > 1000 ? "large" : "small", order),
});
