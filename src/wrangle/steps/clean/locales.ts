/** Languages whose marks in numbers and names of months are known. */
export type Locale = "de" | "en" | "es" | "fr" | "it" | "nl" | "sv";

export const locales: readonly Locale[] = ["de", "en", "es", "fr", "it", "nl", "sv"];

/** The marks in numbers as each language writes them. */
export const numberMarks: Readonly<Record<Locale, { decimal: DecimalMark; group: GroupMark }>> = {
  de: { decimal: ",", group: "." },
  en: { decimal: ".", group: "," },
  es: { decimal: ",", group: "." },
  fr: { decimal: ",", group: " " },
  it: { decimal: ",", group: "." },
  nl: { decimal: ",", group: "." },
  sv: { decimal: ",", group: " " },
};

export type DecimalMark = "." | ",";
/** Stands between thousands; `""`: nothing does. A blank is white space of every kind, an apostrophe the straight and the curly one. */
export type GroupMark = "," | "." | " " | "'" | "";

/** The months from January, each in full and as it is shortened, in lower case. */
export const monthNames: Readonly<Record<Locale, readonly (readonly string[])[]>> = {
  de: months("januar|jänner|jan februar|feber|feb märz|maerz|mär|mrz april|apr mai juni|jun juli|jul august|aug september|sept|sep oktober|okt november|nov dezember|dez"),
  en: months("january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep october|oct november|nov december|dec"),
  es: months("enero|ene febrero|feb marzo|mar abril|abr mayo|may junio|jun julio|jul agosto|ago septiembre|setiembre|sept|sep|set octubre|oct noviembre|nov diciembre|dic"),
  fr: months("janvier|janv|jan février|fevrier|févr|fév|fev mars|mar avril|avr mai juin juillet|juil août|aout|aoû septembre|sept|sep octobre|oct novembre|nov décembre|decembre|déc|dec"),
  it: months("gennaio|gen febbraio|feb marzo|mar aprile|apr maggio|mag giugno|giu luglio|lug agosto|ago settembre|sett|set ottobre|ott novembre|nov dicembre|dic"),
  nl: months("januari|jan februari|feb maart|mrt april|apr mei juni|jun juli|jul augustus|aug september|sept|sep oktober|okt november|nov december|dec"),
  sv: months("januari|jan februari|feb mars|mar april|apr maj juni|jun juli|jul augusti|aug september|sept|sep oktober|okt november|nov december|dec"),
};

function months(words: string): string[][] {
  return words.split(" ").map((names) => names.split("|"));
}
