import fc from "fast-check";
import type { Operation, ServiceDefinition } from "../protocols/contract/service.ts";

/** Short words of few letters, so that two are often alike, one in another, or empty. */
const word = fc.string({ unit: fc.constantFrom("a", "b", "é", "\0"), maxLength: 3 });

export function anyOperationOf(
  { operations }: Pick<ServiceDefinition, "operations">,
  value: fc.Arbitrary<string> = word,
): fc.Arbitrary<Operation> {
  const key = word;
  const cas = fc.tuple(fc.option(value, { nil: null }), value);
  const byKind: Readonly<Record<Operation["f"], fc.Arbitrary<Operation>>> = {
    read: fc.record({ f: fc.constant("read"), key }),
    delete: fc.record({ f: fc.constant("delete"), key }),
    write: fc.record({ f: fc.constant("write"), key, value }),
    append: fc.record({ f: fc.constant("append"), key, value }),
    cas: fc.record({ f: fc.constant("cas"), key, value: cas }),
    null: fc.constant({ f: "null" }),
  };
  return fc.oneof(...operations.map((kind) => byKind[kind]));
}
