/** The faults that strike a share of the frames on a selection of links. */
import { z } from "zod";
import type { Protocol } from "../../nodes/protocols/contract/protocol.ts";
import {
  defineFault,
  type FaultDefinition,
  type FaultEffect,
  type InjectionContext,
} from "../fault.ts";
import {
  type LinkSelection,
  linkKeys,
  oneWayOrTarget,
  planLinks,
  plannedLinks,
  selectLinks,
} from "../targets.ts";
import { percent } from "../units.ts";
import type { WireCondition, WireKind } from "../wire-condition.ts";
import { byteOf, isNeverSent, messageType } from "./message-type.ts";

export interface StruckWire {
  readonly links: LinkSelection;
  readonly condition: WireCondition;
}

const share = z.number().gt(0).max(1);
const byte = z.int().min(0).max(255).exactOptional();

/** @param more what a condition of this kind says besides */
export function struckBy(kind: WireKind, more: z.ZodRawShape = {}): z.ZodType<StruckWire> {
  const condition = z.strictObject({ kind: z.literal(kind), share, type: byte, ...more });
  return z.strictObject({ links: plannedLinks, condition });
}

/** The keys of every fault of this kind. */
export const wireKeys = {
  ...linkKeys,
  share: percent.refine((fraction) => fraction > 0, { error: "a share above 0%" }).prefault("100%"),
  type: messageType.optional(),
};

type WireKeys = z.output<z.ZodObject<typeof wireKeys>>;

const schema = z.strictObject(wireKeys).refine(oneWayOrTarget.holds, oneWayOrTarget.error);

/** Never drawn for real clusters, which have no such control. */
export function wireFault(kind: WireKind, summary: string): FaultDefinition {
  return defineFault({
    kind,
    summary: wireSummary(summary),
    needs: ["wire"],
    schema,
    examples: [{ target: "r3", share: "50%" }, { share: "10%" }, { from: "r1", type: "COMMIT" }],
    lasting: true,
    inapplicable: saysNothing,
    plan: (keys, context, { durationMs }) => {
      const condition = conditionOf(kind, keys);
      const resolved: StruckWire = { links: planLinks(keys, context), condition };
      return [{ offsetMs: 0, durationMs, resolved }];
    },
    resolved: struckBy(kind),
    effects: wireEffects,
  });
}

export function wireSummary(summary: string): string {
  return (
    `${summary}, or a share of the messages of one type, as COMMIT; all of them where no share ` +
    "is given; only simulated links do that; " +
    "without from, to or target: every link"
  );
}

export function saysNothing(
  { type }: Pick<WireKeys, "type">,
  protocol: Pick<Protocol, "name" | "messageTypes">,
): string | null {
  return type === undefined ? null : isNeverSent(type, protocol);
}

export function conditionOf(
  kind: WireKind,
  { share: fraction, type }: Pick<WireKeys, "share" | "type">,
): WireCondition {
  return { kind, share: fraction, ...(type === undefined ? {} : { type: byteOf(type) }) };
}

export function wireEffects(
  { links, condition }: StruckWire,
  context: InjectionContext,
): readonly FaultEffect[] {
  return selectLinks(links, context).map(({ from, to }) => ({ on: "wire", from, to, condition }));
}
