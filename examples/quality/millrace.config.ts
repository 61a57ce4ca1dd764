import { defineProject } from "millrace";

export default defineProject({ name: "quality" });
