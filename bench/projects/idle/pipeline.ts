import { stage, topic } from "millrace";
import { Order } from "../order-schema.ts";

export const orders = topic("orders", { schema: Order, key: "customer", eventTime: "at" });
export const out = topic("orders.out", { schema: Order, key: "customer", eventTime: "at" });

/** Ten stages that have nothing to do. A stage must be exported under a name of its own. */
const idle = (n: number) => stage(`idle-${n}`, { from: orders, to: out, run: (order, emit) => emit(order) });

export const idle0 = idle(0);
export const idle1 = idle(1);
export const idle2 = idle(2);
export const idle3 = idle(3);
export const idle4 = idle(4);
export const idle5 = idle(5);
export const idle6 = idle(6);
export const idle7 = idle(7);
export const idle8 = idle(8);
export const idle9 = idle(9);
