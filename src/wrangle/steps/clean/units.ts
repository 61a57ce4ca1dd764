/** A unit of measure: an amount of it is `amount * factor + offset` of the first unit of its kind. */
export interface Unit {
  kind: string;
  /** As people write it; the first is its own. */
  names: readonly string[];
  /** Exact, as the SI and the treaties of 1959 define it. */
  factor: number;
  offset?: number;
  /** It cannot be added up of parts. */
  isAlone?: true;
}

const kinds: Readonly<Record<string, readonly (readonly [names: string, factor: number, offset?: number])[]>> = {
  length: [["m|meter|meters|metre|metres", 1], ["km|kilometer|kilometers|kilometre|kilometres", 1000], ["dm", 0.1], ["cm|centimeter|centimeters|centimetre|centimetres", 0.01], ["mm|millimeter|millimeters|millimetre|millimetres", 0.001], ["µm|μm|um", 1e-6], ["in|inch|inches|\"", 0.0254], ["ft|foot|feet|'", 0.3048], ["yd|yard|yards", 0.9144], ["mi|mile|miles", 1609.344], ["nmi|nautical mile|nautical miles", 1852]],
  mass: [["kg|kilogram|kilograms|kilo|kilos", 1], ["g|gram|grams", 0.001], ["mg|milligram|milligrams", 1e-6], ["t|tonne|tonnes", 1000], ["lb|lbs|pound|pounds", 0.45359237], ["oz|ounce|ounces", 0.028349523125], ["st|stone", 6.35029318]],
  time: [["s|sec|secs|second|seconds", 1], ["ms|millisecond|milliseconds", 0.001], ["min|mins|minute|minutes", 60], ["h|hr|hrs|hour|hours", 3600], ["d|day|days", 86_400], ["wk|week|weeks", 604_800]],
  speed: [["m/s", 1], ["km/h|kmh|kph", 1000 / 3600], ["mph|mi/h", 0.44704], ["kn|kt|kts|knot|knots", 1852 / 3600], ["ft/s", 0.3048]],
  temperature: [["K|kelvin", 1], ["°C|C|celsius", 1, 273.15], ["°F|F|fahrenheit", 5 / 9, 459.67 * (5 / 9)]],
  volume: [["l|L|liter|liters|litre|litres", 1], ["ml|mL|milliliter|milliliters|millilitre|millilitres", 0.001], ["cl|cL", 0.01], ["dl|dL", 0.1], ["hl|hL", 100], ["m³|m3", 1000], ["gal|gallon|gallons", 3.785411784], ["fl oz", 0.0295735295625], ["pt|pint|pints", 0.473176473], ["qt|quart|quarts", 0.946352946]],
  area: [["m²|m2|sqm", 1], ["km²|km2", 1e6], ["ha|hectare|hectares", 10_000], ["ft²|ft2|sq ft|sqft", 0.09290304], ["ac|acre|acres", 4046.8564224], ["mi²|mi2|sq mi", 2_589_988.110336]],
  energy: [["J|joule|joules", 1], ["kJ", 1000], ["Wh", 3600], ["kWh", 3_600_000], ["MWh", 3.6e9], ["cal", 4.184], ["kcal", 4184]],
  power: [["W|watt|watts", 1], ["kW", 1000], ["MW", 1e6], ["hp", 745.6998715822702], ["PS", 735.49875]],
  pressure: [["Pa", 1], ["hPa", 100], ["kPa", 1000], ["bar", 100_000], ["mbar", 100], ["psi", 6894.757293168361], ["atm", 101_325]],
  data: [["B|byte|bytes", 1], ["kB|KB", 1000], ["MB", 1e6], ["GB", 1e9], ["TB", 1e12], ["KiB", 1024], ["MiB", 1_048_576], ["GiB", 1_073_741_824], ["TiB", 1_099_511_627_776]],
  share: [["%|percent|per cent", 0.01], ["‰", 0.001], ["ppm", 1e-6]],
};

const units: readonly Unit[] = Object.entries(kinds).flatMap(([kind, list]) => list.map(([names, factor, offset]): Unit => ({ kind, names: names.split("|"), factor, ...(offset !== undefined && { offset }), ...(kind === "temperature" && { isAlone: true as const }) })));

export const unitNamed = (name: string): Unit | undefined => units.find(({ names }) => names.includes(name));
export const unitsLike = ({ kind }: Unit): readonly Unit[] => units.filter((unit) => unit.kind === kind);
