import type { Endpoint } from "../../../faults/fault.ts";
import type { NamedBytes, Tapes } from "../backups.ts";

/** Tapes of the simulator: the same bytes, in memory. */
export function memoryTapes(): Tapes {
  const tapes = new Map<Endpoint, ReadonlyMap<string, NamedBytes>>();
  return {
    read: (replica) => [...(tapes.get(replica)?.values() ?? [])],
    write(replica, files) {
      const before = tapes.get(replica) ?? [];
      tapes.set(replica, new Map([...before, ...files.map((file) => [file.name, file] as const)]));
    },
  };
}
