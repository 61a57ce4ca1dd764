import { http, stage, topic } from "millrace";
import { z } from "zod";

/** `sent` is when the post was due, in milliseconds of a clock that all processes of the machine share. */
const Ping = z.object({ id: z.int(), sent: z.number(), customer: z.string() });

export const pings = topic("pings", { schema: Ping, key: "customer" });
export const checked = topic("pings.checked", { schema: Ping, key: "customer" });
export const done = topic("pings.done", { schema: Ping, key: "customer" });

export const intake = http("pings-intake", { to: pings });

export const check = stage("check", { from: pings, to: checked, run: (ping, emit) => emit(ping) });

export const finish = stage("finish", { from: checked, to: done, run: (ping, emit) => emit({ ...ping, customer: ping.customer.toUpperCase() }) });
