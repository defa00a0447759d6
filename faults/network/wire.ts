/** The faults that strike a share of the frames on a selection of links. */
import { z } from "zod";
import { defineFault, type FaultDefinition } from "../fault.ts";
import {
  type LinkSelection,
  linkKeys,
  oneWayOrTarget,
  planLinks,
  selectLinks,
} from "../targets.ts";
import { percent } from "../units.ts";
import type { WireCondition, WireKind } from "../wire-condition.ts";

interface Struck {
  readonly links: LinkSelection;
  readonly condition: WireCondition;
}

const schema = z
  .strictObject({
    ...linkKeys,
    share: percent.refine((share) => share > 0, { error: "a share above 0%" }),
  })
  .refine(oneWayOrTarget.holds, oneWayOrTarget.error);

/** Never drawn for real clusters, which have no such control. */
export function wireFault(kind: WireKind, summary: string): FaultDefinition {
  return defineFault({
    kind,
    summary: `${summary}; only simulated links do that; without from, to or target: every link`,
    needs: ["wire"],
    schema,
    examples: [{ target: "r3", share: "50%" }, { share: "10%" }],
    lasting: true,
    plan: (keys, context, { durationMs }) => {
      const condition: WireCondition = { kind, share: keys.share };
      const resolved: Struck = { links: planLinks(keys, context), condition };
      return [{ offsetMs: 0, durationMs, resolved }];
    },
    effects: ({ links, condition }: Struck, context) =>
      selectLinks(links, context).map(({ from, to }) => ({ on: "wire", from, to, condition })),
  });
}
