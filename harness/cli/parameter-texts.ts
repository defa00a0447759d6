import type { z } from "zod";
import {
  greatestOf,
  type ParameterRange,
  parameterRanges,
} from "../../faults/byzantine/parameters.ts";

/** @returns one text for each parameter: `percent: 0 to 100, default 20` */
export function parameterTexts(schema: z.ZodObject): readonly string[] {
  return [...parameterRanges(schema)].map(([name, range]) => {
    const { default: usual } = range;
    return `${name}: ${valuesOf(range)}${usual === undefined ? "" : `, default ${String(usual)}`}`;
  });
}

function valuesOf(range: ParameterRange): string {
  if (range.enum !== undefined) return range.enum.join(" | ");
  if (range.type === "boolean") return "true | false";
  const { minimum = 0 } = range;
  const greatest = greatestOf(range);
  return greatest === null ? `${minimum} or more` : `${minimum} to ${greatest}`;
}
