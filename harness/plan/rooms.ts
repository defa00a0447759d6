/** Who stands where, with every default filled in. */
import type { Endpoint, Room } from "../../faults/fault.ts";
import type { ScenarioSections } from "../scenario/schema.ts";

/** Whoever is in no room of the scenario stands in this one. */
const OTHERS = "machine-room";

export function plannedRooms(
  given: ScenarioSections["cluster"]["rooms"],
  replicas: readonly Endpoint[],
): readonly Room[] {
  const named = Object.entries(given ?? {}).map(([name, room]) => ({
    name,
    ac: room.ac ?? unitOf(name),
    replicas: room.replicas,
  }));
  const placed = new Set(named.flatMap((room) => room.replicas));
  const others = replicas.filter((replica) => !placed.has(replica));
  if (others.length === 0) return named;
  return [...named, { name: OTHERS, ac: unitOf(OTHERS), replicas: others }];
}

function unitOf(room: string): string {
  return `the air conditioning of ${room}`;
}
