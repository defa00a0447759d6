/** What the JSON Schema of a scenario says of each key, in words. */
import { z } from "zod";
import { vocabulary } from "./run.ts";
import { scenarioJsonSchema } from "./scenario/schema.ts";

interface JsonSchema {
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string | undefined;
  readonly enum?: readonly string[] | undefined;
  readonly pattern?: string | undefined;
  readonly type?: string | undefined;
  readonly anyOf?: readonly JsonSchema[] | undefined;
  readonly oneOf?: readonly JsonSchema[] | undefined;
  readonly items?: JsonSchema | undefined;
  readonly properties?: Readonly<Record<string, JsonSchema>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly $defs?: Readonly<Record<string, JsonSchema>> | undefined;
}

const jsonSchema: z.ZodType<JsonSchema> = z.lazy(() =>
  z.object({
    const: z.unknown().optional(),
    default: z.unknown().optional(),
    description: z.string().optional(),
    enum: z.array(z.string()).optional(),
    pattern: z.string().optional(),
    type: z.string().optional(),
    anyOf: z.array(jsonSchema).optional(),
    oneOf: z.array(jsonSchema).optional(),
    items: jsonSchema.optional(),
    properties: z.record(z.string(), jsonSchema).optional(),
    required: z.array(z.string()).optional(),
    $defs: z.record(z.string(), jsonSchema).optional(),
  }),
);

const schema = jsonSchema.parse(scenarioJsonSchema(vocabulary));

/** A unit in the pattern tells what the string is. */
const QUANTITIES: readonly (readonly [unit: string, words: string])[] = [
  ["(ms|s", "duration"],
  ["(\\/s)", "rate"],
  ["B)\\/s", "bytes per second"],
  ["(B|", "size"],
  ["%$", "share"],
];

export function wordsFor({
  const: constant,
  enum: names,
  pattern,
  type,
  anyOf,
  items,
}: JsonSchema): string {
  if (constant !== undefined) return `\`${JSON.stringify(constant)}\``;
  if (names !== undefined) return names.map((name) => `\`${name}\``).join(", ");
  if (anyOf !== undefined) return [...new Set(anyOf.map(wordsFor))].join(", or ");
  if (type === "array") return `list of ${items === undefined ? "values" : wordsFor(items)}`;
  if (pattern !== undefined) {
    return QUANTITIES.find(([unit]) => pattern.includes(unit))?.[1] ?? "name";
  }
  const plain: Readonly<Record<string, string>> = {
    integer: "number",
    object: "map",
    string: "name",
  };
  return plain[type ?? ""] ?? type ?? "value";
}

export interface ScenarioKey {
  readonly path: string;
  readonly schema: JsonSchema;
}

/** Explained as a whole, and each key besides: they have units and defaults of their own. */
const SPELT_OUT = new Set(["simulation.costs"]);

/** Leaves only; what may be a name or a map is one key. */
function keysOf(
  properties: Readonly<Record<string, JsonSchema>>,
  above: string,
): readonly ScenarioKey[] {
  return Object.entries(properties).flatMap(([name, inner]) => {
    const path = above === "" ? name : `${above}.${name}`;
    const isExplained = inner.description !== undefined;
    const isGroup = inner.properties !== undefined && (!isExplained || SPELT_OUT.has(path));
    const itself = isExplained || !isGroup ? [{ path, schema: inner }] : [];
    return isGroup ? [...itself, ...keysOf(inner.properties ?? {}, path)] : itself;
  });
}

const fixed = new Set(["apiVersion", "kind", "faults"]);
export const scenarioKeys = keysOf(schema.properties ?? {}, "").filter(
  ({ path }) => !fixed.has(path),
);

export const whenKeys: readonly ScenarioKey[] = keysOf(
  schema.$defs?.["when"]?.properties ?? {},
  "",
);

/** A map has no default of its own: its keys have. */
export function defaultOf({ default: value }: JsonSchema): string {
  if (value === undefined || typeof value === "object") return "";
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

export interface FaultKey {
  readonly name: string;
  readonly needed: boolean;
  readonly schema: JsonSchema;
}

/** Of each kind of fault, those that not every fault has. */
export interface FaultKeys {
  readonly kind: string;
  readonly keys: readonly FaultKey[];
}

const common = new Set(["name", "fault", "at", "when", "for", "repeat"]);

export const faultKeys: readonly FaultKeys[] = (
  schema.properties?.["faults"]?.items?.oneOf ?? []
).map(({ properties = {}, required = [] }) => ({
  kind: String(properties["fault"]?.const),
  keys: Object.entries(properties)
    .filter(([name]) => !common.has(name))
    .map(([name, inner]) => ({ name, needed: required.includes(name), schema: inner })),
}));
