import { defineProject } from "millrace";
import { summary } from "./summary.ts";

export default defineProject({ name: "flights", summary });
