import { accepted, castable, notNull, pattern, range, stage, textLength, topic } from "millrace";
import { Order } from "../order-schema.ts";

export const orders = topic("orders", {
  schema: Order,
  key: "customer",
  eventTime: "at",
  checks: [
    notNull("id"),
    pattern("id", /^o\d{9}$/),
    textLength("customer", { min: 6, max: 6 }),
    // One record in about a hundred breaks this one, and is in quarantine.
    range("amount", { min: 0, below: 1_980 }),
    range("quantity", { min: 1, max: 12 }),
    range("at", { min: "2020-01-01T00:00:00Z", below: "2100-01-01T00:00:00Z" }),
    pattern("country", /^[A-Z]{2}$/),
    accepted("currency", ["EUR", "USD", "GBP", "JPY", "CHF"]),
    range("discount", { max: 0.29 }),
    castable("amount", "number"),
  ],
});
export const checked = topic("orders.checked", { schema: Order, key: "customer", eventTime: "at" });

export const gate = stage("gate", { from: orders, to: checked, run: (order, emit) => emit(order) });
