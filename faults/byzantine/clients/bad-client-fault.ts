import { z } from "zod";
import { assert } from "../../../nodes/protocols/assert.ts";
import { BAD_CLIENT, defineFault, type Endpoint, type PlanningContext } from "../../fault.ts";
import { clientAttacks } from "./attacks/registry.ts";

const attack = z.enum(clientAttacks.map(({ name }) => name));
const host = z.string().regex(/^c\d+$/, { error: "allowed: a host of clients, as c0" });
const schema = z.strictObject({ attack });

export const badClient = defineFault({
  kind: BAD_CLIENT,
  summary:
    "one more client of the load's host makes requests under its own keys, where nothing else is " +
    "said twenty times a second, as its attack has it (`list attacks`); it counts in no budget",
  needs: ["behaviour"],
  schema,
  examples: [{ attack: "valid-for-one" }, { attack: "one-request-each" }],
  lasting: true,
  plan: (keys, context, { durationMs }) => [
    {
      offsetMs: 0,
      durationMs,
      resolved: { attack: keys.attack, host: loadHostOf(context) },
    },
  ],
  resolved: z.strictObject({ attack, host }),
  effects: (resolved) => [
    {
      on: "behaviour" as const,
      replica: resolved.host,
      behaviour: resolved.attack,
      parameters: {},
    },
  ],
});

function loadHostOf({ clients: [first] }: Pick<PlanningContext, "clients">): Endpoint {
  assert(first !== undefined, "there is a host of the load");
  return first;
}
