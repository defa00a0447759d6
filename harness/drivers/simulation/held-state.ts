/**
 * What a replica holds, named by the harness: the service's own entries, whatever the digest of the
 * code under test covers. Equal states have equal names, and a digest that leaves something out
 * shows where two replicas differ in it.
 */
import type { Service } from "../../../nodes/protocols/contract/service.ts";
import { Writer } from "../../../nodes/protocols/wire/codec.ts";
import { fastDigest } from "./authenticators.ts";

/** @param digest of the replica's own, which covers its client table as well */
export function heldState(service: Pick<Service, "entries"> | undefined, digest: string): string {
  const entries = [...(service?.entries() ?? [])].toSorted((a, b) => Buffer.compare(a.key, b.key));
  const bytes = entries.reduce((size, { key, value }) => size + 8 + key.length + value.length, 64);
  const writer = new Writer(bytes).raw(new TextEncoder().encode(digest));
  for (const { key, value } of entries) writer.blob(key).blob(value);
  return fastDigest(writer.finish());
}
