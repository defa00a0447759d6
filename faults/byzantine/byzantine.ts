import { z } from "zod";
import { assert } from "../../nodes/protocols/assert.ts";
import { drawOne } from "../drawing.ts";
import { defineFault } from "../fault.ts";
import { plannedTargets, resolveAll, targets } from "../targets.ts";
import { misfit } from "./behaviour.ts";
import { behaviourNamed, behaviours, behavioursFor } from "./registry.ts";

interface Lie {
  readonly behaviour: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

const behaviour = z.enum(behaviours.map(({ name }) => name));
const parameters = z.record(z.string(), z.unknown());

const schema = z
  .strictObject({ target: targets, behaviour, parameters: parameters.default({}) })
  .superRefine(parametersFit);

const planned = z
  .strictObject({ targets: plannedTargets, behaviour, parameters })
  .superRefine(parametersFit);

export const byzantine = defineFault({
  kind: "byzantine",
  summary:
    "the target runs a second executable that wraps the honest replica in a behaviour, with " +
    "its parameters; it lies with its own key only, and counts as Byzantine for the whole run",
  needs: ["behaviour"],
  schema,
  examples: [
    { target: "r3", behaviour: "wrong-reply" },
    { target: "primary", behaviour: "equivocate", parameters: { victims: 1 } },
  ],
  lasting: true,
  inapplicable: (keys, protocol) => misfit(behaviourNamed(keys.behaviour), protocol.name),
  plan(keys, context, { durationMs }) {
    const resolved = {
      targets: context.expandTargets(keys.target),
      behaviour: keys.behaviour,
      parameters: behaviourNamed(keys.behaviour).schema.parse(keys.parameters),
    };
    return [{ offsetMs: 0, durationMs, resolved }];
  },
  draw(context) {
    const fitting = behavioursFor(context.protocol);
    const [first, ...others] = fitting.filter(({ eager }) => eager).map(({ name }) => name);
    assert(first !== undefined, "there is a behaviour that lies at once");
    return { target: context.drawVictim(), behaviour: drawOne([first, ...others], context) };
  },
  resolved: planned,
  effects: ({ targets: chosen, ...lie }, context) =>
    resolveAll(chosen, context).map((replica) => ({ on: "behaviour" as const, replica, ...lie })),
});

function parametersFit({ behaviour: name, parameters: given }: Lie, issues: z.RefinementCtx): void {
  const { schema: own } = behaviourNamed(name);
  for (const issue of own.safeParse(given).error?.issues ?? []) {
    const path = ["parameters", ...issue.path];
    if (issue.code !== "unrecognized_keys") {
      issues.addIssue({ ...issue, path });
      continue;
    }
    const allowed = Object.keys(own.shape).join(", ") || "none";
    const message = `no parameter of ${name}; allowed: ${allowed}`;
    for (const key of issue.keys) {
      issues.addIssue({ code: "custom", path: [...path, key], message });
    }
  }
}
