/** Turns the schema's issues into sentences: what was found, what is allowed. */
import { z } from "zod";
import { absentKeys } from "./absent-keys.ts";
import { hintFor } from "./closest.ts";
import type { DocumentPath } from "./scenario.ts";

export interface Finding {
  readonly path: DocumentPath;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** @param value what was parsed; `schema` what it was parsed with */
export function findingsOf(
  issues: readonly Issue[],
  value: unknown,
  schema: z.ZodType,
): readonly Finding[] {
  return issues.flatMap((issue) => findingsOfIssue(issue, value, schema));
}

function findingsOfIssue(issue: Issue, value: unknown, schema: z.ZodType): readonly Finding[] {
  const path = issue.path.filter((part) => typeof part !== "symbol");
  const found = valueAt(value, path);
  if (issue.code === "unrecognized_keys") {
    const map = mapAt(schema, value, path);
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, map) }));
  }
  if (issue.code === "invalid_union") {
    const inner = unionIssues(issue, found);
    if (inner !== null) {
      const placed = inner.map((nested) => ({ ...nested, path: [...path, ...nested.path] }));
      return findingsOf(placed, value, schema);
    }
  }
  if (issue.code === "invalid_key") {
    return [
      { path, message: `unknown key; ${issue.issues.map((each) => each.message).join("; ")}` },
    ];
  }
  return [{ path, message: `${foundText(found)}; ${allowedText(issue, found)}` }];
}

function unknownKey(key: string, map: z.ZodObject | null): string {
  const allowed = map === null ? [] : Object.keys(map.shape);
  const absent = map === null ? {} : (absentKeys.get(map) ?? {});
  if (Object.hasOwn(absent, key))
    return `${absent[key]}; allowed: ${allowed.toSorted().join(", ")}`;
  return `unknown key; ${hintFor(key, allowed)}allowed: ${allowed.toSorted().join(", ")}`;
}

/** The issues of the one alternative that was meant: the one of the value's own type. */
function unionIssues(
  issue: Extract<Issue, { code: "invalid_union" }>,
  found: unknown,
): readonly Issue[] | null {
  const otherType = ({ code, path }: Issue) =>
    path.length === 0 &&
    (code === "invalid_type" || (code === "invalid_value" && typeof found !== "string"));
  const meant = issue.errors.filter((issues) => !issues.some(otherType));
  return found !== undefined && meant.length === 1 ? (meant[0] ?? null) : null;
}

/** Ours start with a small letter; the library's say less than we know. */
function isOurs(message: string): boolean {
  return !/^(Invalid|Too|Unrecognized)/.test(message);
}

function allowedText(issue: Issue, found: unknown): string {
  if (isOurs(issue.message)) return issue.message;
  if (issue.code === "invalid_type") {
    return `allowed: ${typeText(issue.expected)}${quoteHint(issue.expected, found)}`;
  }
  if (issue.code === "invalid_value") return choices(issue.values.map(String), found);
  if (issue.code === "too_small") {
    const words = issue.inclusive === false ? "more than" : "at least";
    return `allowed: ${bound(words, Number(issue.minimum), issue.origin)}`;
  }
  if (issue.code === "too_big") {
    const words = issue.inclusive === false ? "less than" : "at most";
    return `allowed: ${bound(words, Number(issue.maximum), issue.origin)}`;
  }
  if (issue.code !== "invalid_union") return issue.message;
  if ("options" in issue) return choices((issue.options as unknown[]).map(String), found);
  return `allowed: ${unionText(issue.errors)}`;
}

function choices(allowed: readonly string[], found: unknown): string {
  const hint = typeof found === "string" ? hintFor(found, allowed) : "";
  return `${hint}allowed: ${allowed.join(", ")}`;
}

function unionText(alternatives: readonly (readonly Issue[])[]): string {
  const texts = alternatives.flatMap(([issue]) => {
    if (issue !== undefined && isOurs(issue.message)) return [issue.message];
    if (issue?.code === "invalid_type") return [typeText(issue.expected)];
    return issue?.code === "invalid_value" ? [issue.values.map(String).join(", ")] : [];
  });
  return [...new Set(texts)].join(", or ");
}

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  int: "a whole number",
  number: "a number",
  boolean: "true or false",
  object: "a map of keys",
  record: "a map of keys",
  array: "a list",
};

function typeText(expected: string): string {
  return TYPES[expected] ?? expected;
}

/** YAML reads 5 and true as no text; quotes make them text. */
function quoteHint(expected: string, found: unknown): string {
  const scalar = typeof found === "number" || typeof found === "boolean";
  return expected === "string" && scalar ? ` (put it in quotes: "${found}")` : "";
}

function bound(words: string, limit: number, origin: string): string {
  const unit = { string: " characters", array: " items" }[origin] ?? "";
  return `${words} ${limit}${unit}`;
}

function foundText(found: unknown): string {
  if (found === undefined) return "is missing";
  if (found === null) return "found nothing";
  if (Array.isArray(found)) return `found a list of ${found.length}`;
  if (typeof found === "object") return "found a map";
  const text = JSON.stringify(found);
  return `found ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}

function valueAt(value: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>((inner, part) => {
    if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, part))
      return undefined;
    return (inner as Readonly<Record<string | number, unknown>>)[part];
  }, value);
}

/** What the schema has at `path`, if it is a map; the value decides between alternatives. */
function mapAt(schema: z.ZodType, value: unknown, path: DocumentPath): z.ZodObject | null {
  const [part, ...rest] = path;
  const inner = unwrapped(schema, value);
  if (part === undefined) return inner instanceof z.ZodObject ? inner : null;
  if (inner instanceof z.ZodArray) {
    return mapAt(inner.element as z.ZodType, valueAt(value, [part]), rest);
  }
  if (!(inner instanceof z.ZodObject)) return null;
  const member = inner.shape[String(part)] as z.ZodType | undefined;
  return member === undefined ? null : mapAt(member, valueAt(value, [part]), rest);
}

function unwrapped(schema: z.ZodType, value: unknown): z.ZodType {
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodDefault
  ) {
    return unwrapped(schema.unwrap() as z.ZodType, value);
  }
  if (schema instanceof z.ZodPipe) return unwrapped(schema.in as z.ZodType, value);
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const key = schema.def.discriminator;
    const meant = schema.options.find((option) => {
      const literal: unknown = option instanceof z.ZodObject ? option.shape[key] : undefined;
      return literal instanceof z.ZodLiteral && literal.value === valueAt(value, [key]);
    });
    return (meant ?? schema) as z.ZodType;
  }
  if (schema instanceof z.ZodUnion) {
    const map = schema.options.find((option) => option instanceof z.ZodObject);
    return (map ?? schema) as z.ZodType;
  }
  return schema;
}
