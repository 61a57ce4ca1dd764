import type { Flat } from "../../../model/schema-types.ts";
import type { Step } from "../step.ts";
import type { PartsOptions } from "./parts-step.ts";
import { partsStep } from "./parts-step.ts";
import type { TextColumn } from "./reading-step.ts";

type NamePart = "title" | "given" | "middle" | "family" | "suffix";

/**
 * Splits names of people into `title`, `given`, `middle`, `family` and `suffix`: "Dr. Ludwig van Beethoven", "King, Martin
 * Luther, Jr." It is a rule of thumb of western names: the last word, with the `van`, `de` or `von` before it, is the family's
 * name, or what stands before a comma. Two family names, as Spanish has them, and family names that come first without a comma
 * are split wrongly; so are companies.
 *
 * @example splitName("director", { prefix: "director_" })
 */
export function splitName<T, const K extends TextColumn<T>, const Prefix extends string = "">(column: K, options: PartsOptions<Prefix> = {}): Step<T, Flat<Omit<T, `${Prefix}${NamePart}`> & { [P in `${Prefix}${NamePart}`]: string | null }>> {
  return { kind: "splitName", column, ...options };
}

const titles = "Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Dame|Lord|Lady|Rev|Hon|Capt|Sgt|Herr|Frau|Mme|Mlle|M|Sr[.]?ª|Don|Doña|Sig|Mevr|Dhr";
const suffixes = "Jr|Sr|II|III|IV|PhD|Ph[.]D|MD|M[.]D|Esq|CBE|OBE";
const particles = "van der|van den|van de|van|von der|von dem|von und zu|von|zu|zur|vom|de la|de los|de las|de|del|della|di|da|dos|du|des|le|la|ter|ten|af|av|bin|ibn|al|el|St[.]?|Van|Von|De|Del|Della|Di|Da|Du|Le|La";

export const splitNameKind = partsStep(
  "splitName",
  ["title", "given", "middle", "family", "suffix"],
  [
    { find: `^((?:${titles})[.]?(?: (?:${titles})[.]?)*) ([^|]+)$`, by: "\\1|\\2" },
    { find: "^([^|]*)$", by: "|\\1" },
    { find: `^([^|]*)[|]([^|]*?),? ((?:${suffixes})[.]?)$`, by: "\\1|\\2|\\3" },
    { find: "^([^|]*[|][^|]*)$", by: "\\1|" },
    // "King, Martin Luther"
    { find: "^([^|]*)[|]([^|,]+), ?([^|, ]+)(?: ([^|,]+))?[|]([^|]*)$", by: "\\1|\\3|\\4|\\2|\\5" },
    // A name alone is a given name, behind a title that of the family.
    { find: "^[|]([^| ,]+)[|]([^|]*)$", by: "|\\1|||\\2" },
    { find: "^([^|]+)[|]([^| ,]+)[|]([^|]*)$", by: "\\1|||\\2|\\3" },
    { find: `^([^|]*)[|]([^|, ]+) ((?:${particles}) [^|,]+)[|]([^|]*)$`, by: "\\1|\\2||\\3|\\4" },
    { find: `^([^|]*)[|]([^|, ]+)(?: ([^|,]*?))? ((?:${particles}) [^|,]+)[|]([^|]*)$`, by: "\\1|\\2|\\3|\\4|\\5" },
    { find: "^([^|]*)[|]([^|, ]+)(?: ([^|,]*))? ([^|, ]+)[|]([^|]*)$", by: "\\1|\\2|\\3|\\4|\\5" },
  ],
  "is no name that can be split",
);
