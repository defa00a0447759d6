/** What the parameters of a behaviour may be, read from their schema, and how they are drawn. */
import { z } from "zod";

/** Of everything that a liar decides: one seed, one liar. */
export const seedParameter = z
  .int()
  .min(0)
  .max(2 ** 31 - 1)
  .default(1);

/** What is said of one parameter; the part of a JSON schema that parameters are made of. */
const described = z.object({
  type: z.string(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

export type ParameterRange = z.output<typeof described>;

/** Each costs a walk through the schema. */
const known = new WeakMap<z.ZodObject, ReadonlyMap<string, ParameterRange>>();

/** By name. */
export function parameterRanges(schema: z.ZodObject): ReadonlyMap<string, ParameterRange> {
  const found = known.get(schema);
  if (found !== undefined) return found;
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
  const entries = Object.entries(properties);
  const ranges = new Map(entries.map(([name, range]) => [name, described.parse(range)]));
  known.set(schema, ranges);
  return ranges;
}

/** Null where any number will do that is large enough. */
export function greatestOf({ maximum }: ParameterRange): number | null {
  return maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? null : maximum;
}

interface Draws {
  /** Both ends included. */
  integer(min: number, max: number): number;
  /** In [min, max). */
  real(min: number, max: number): number;
}

/** What has no default is left out in so many draws: that is a choice as well. */
const LEFT_OUT_SHARE = 0.4;
/** A number without an end is drawn up to so many times its default, and down to that share. */
const TIMES = 4;
/** In a wider range each magnitude is as likely: the small numbers are where the limits are. */
const WIDE = 1_000;

/** Any that the schema allows; numbers of replicas up to `replicas`. */
export function drawParameters(
  schema: z.ZodObject,
  { draws, replicas }: { readonly draws: Draws; readonly replicas: number },
): Readonly<Record<string, unknown>> {
  const drawn = [...parameterRanges(schema)].flatMap(([name, range]) => {
    if (range.default === undefined && draws.real(0, 1) < LEFT_OUT_SHARE) return [];
    return [[name, drawValue(range, { draws, replicas })] as const];
  });
  return Object.fromEntries(drawn);
}

function drawValue(
  range: ParameterRange,
  { draws, replicas }: { readonly draws: Draws; readonly replicas: number },
): unknown {
  const { type, enum: words, default: usual } = range;
  if (words !== undefined) return words[draws.integer(0, words.length - 1)];
  if (type === "boolean") return draws.integer(0, 1) === 1;
  const { minimum = 0 } = range;
  const end = greatestOf(range);
  if (end !== null) return drawNumber(minimum, end, draws);
  if (typeof usual !== "number") return draws.integer(minimum, Math.max(minimum, replicas));
  return drawNumber(Math.max(minimum, Math.ceil(usual / TIMES)), usual * TIMES, draws);
}

function drawNumber(min: number, max: number, draws: Draws): number {
  if (max - min <= WIDE) return draws.integer(min, max);
  return min + Math.floor(Math.expm1(draws.real(0, Math.log1p(max - min))));
}
