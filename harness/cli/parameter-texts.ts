import { z } from "zod";

/** What is said of one parameter; the part of a JSON schema that parameters are made of. */
const described = z.object({
  type: z.string(),
  enum: z.array(z.string()).optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

/** @returns one text for each parameter: `percent: 0 to 100, default 20` */
export function parameterTexts(schema: z.ZodObject): readonly string[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: "input" });
  return Object.entries(properties).map(([name, property]) => {
    const { default: usual, ...allowed } = described.parse(property);
    return `${name}: ${valuesOf(allowed)}${usual === undefined ? "" : `, default ${String(usual)}`}`;
  });
}

function valuesOf(property: Omit<z.output<typeof described>, "default">): string {
  if (property.enum !== undefined) return property.enum.join(" | ");
  if (property.type === "boolean") return "true | false";
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = property;
  return maximum === Number.MAX_SAFE_INTEGER ? `${minimum} or more` : `${minimum} to ${maximum}`;
}
