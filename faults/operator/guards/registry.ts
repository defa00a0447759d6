/** One line a guard; the YAML schema, the lists and the README's table derive from it. */
import type { Guard } from "./guard.ts";
import { twoPerson } from "./two-person.ts";
import { waitRecovered } from "./wait-recovered.ts";

export const guards: readonly Guard[] = [waitRecovered, twoPerson];
