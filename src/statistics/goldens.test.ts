import { compareWith, goldens } from "./goldens-for-tests.ts";

compareWith(goldens);
