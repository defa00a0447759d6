/** How a fault draws its own keys for a random scenario. */
import type { DrawingContext } from "./fault.ts";
import { drawOrder } from "./targets.ts";

type Draws = Pick<DrawingContext, "drawInteger">;

interface LinkChoice {
  readonly from?: string | string[];
  readonly to?: string | string[];
  readonly target?: string;
}

export function drawOne<const Item>(
  items: readonly [Item, ...Item[]],
  { drawInteger }: Draws,
): Item {
  return items[drawInteger(0, items.length - 1)] ?? items[0];
}

/** Two or three of the items, in a drawn order. */
export function drawSome<Item>(items: readonly Item[], context: Draws): Item[] {
  return drawOrder(items, context).slice(0, context.drawInteger(2, 3));
}

/** Links of somebody, among them those of the clients. */
export function drawLinks(context: DrawingContext): LinkChoice {
  if (context.drawInteger(0, 1) === 0) return { target: context.drawVictim() };
  return drawOneWay(context);
}

/** What somebody sends, what somebody is sent, or a part of it. */
export function drawOneWay(context: DrawingContext): LinkChoice {
  const victim = context.drawVictim();
  const all = [...context.replicas];
  return drawOne<LinkChoice>(
    [
      { from: victim },
      { to: victim },
      { from: victim, to: "clients" },
      { from: "clients", to: victim },
      { from: victim, to: all },
      { from: all, to: victim },
    ],
    context,
  );
}

/**
 * Links between somebody and other replicas. Those of the clients carry too little to prove a fault
 * by what becomes of the traffic.
 */
export function drawReplicaLinks(context: DrawingContext): LinkChoice {
  const victim = context.drawVictim();
  const other = drawOne([context.drawVictim(), ...context.replicas], context);
  const all = [...context.replicas];
  const whole: readonly [LinkChoice, LinkChoice] = [
    { from: victim, to: all },
    { from: all, to: victim },
  ];
  // By role both may turn out to be the same replica, which has no link to itself.
  const named = context.replicas.includes(victim) && context.replicas.includes(other);
  return named && other !== victim
    ? drawOne<LinkChoice>([...whole, { from: victim, to: other }], context)
    : drawOne<LinkChoice>(whole, context);
}
