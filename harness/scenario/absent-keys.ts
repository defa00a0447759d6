import { z } from "zod";

/** Keys that somebody may look for in a map that has none such, each with the reason. */
export type AbsentKeys = Readonly<Record<string, string>>;

/** Of a schema: beside it, since its JSON Schema does not know of them. */
export const absentKeys = z.registry<AbsentKeys>();
