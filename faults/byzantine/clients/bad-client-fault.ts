import { z } from "zod";
import { BAD_CLIENT, defineFault } from "../../fault.ts";
import { clientAttackNamed, clientAttacks } from "./attacks.ts";

const schema = z.strictObject({ attack: z.enum(clientAttacks.map(({ name }) => name)) });

export const badClient = defineFault({
  kind: BAD_CLIENT,
  summary: `one more client of the load's host makes requests under its own keys, twenty times a second: ${clientAttacks
    .map(({ name, summary }) => `${name} (${summary})`)
    .join(", ")}; it counts in no budget`,
  needs: ["behaviour"],
  schema,
  examples: [{ attack: "valid-for-one" }, { attack: "one-request-each" }],
  lasting: true,
  plan: ({ attack }, context, { durationMs }) => [
    {
      offsetMs: 0,
      durationMs,
      resolved: { attack: clientAttackNamed(attack).name, host: context.clients[0] ?? "c0" },
    },
  ],
  effects: ({ attack, host }: { readonly attack: string; readonly host: string }) => [
    { on: "behaviour" as const, replica: host, behaviour: attack, parameters: {} },
  ],
});
