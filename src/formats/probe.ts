export { withFile } from "./file-source.ts"; export { recogniseFile } from "./recognise.ts"; export { relationOver } from "./relation-sql.ts"; export { typeText } from "./inferred-type.ts";
