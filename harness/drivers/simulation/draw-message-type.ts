/**
 * One type of message that is lost, late or doubled, and nothing else: what a rule says is to be
 * said again, or does not depend on one message, is broken where it matters. Every type of the
 * protocol takes its turn; of the randomness of a seed it takes none that others use.
 */
import type { Protocol } from "../../../nodes/protocols/contract/protocol.ts";
import { links, percent, type Strike, type Struck, shown, type What } from "./drawn-faults.ts";
import { type Arena, anyone, at, nameOf, timeouts } from "./drawn-strikes.ts";
import { Random } from "./random.ts";
import { inTurn } from "./turns.ts";

export const STRUCK_TYPES = { share: 0.24, stride: 163 };
const STREAM = 74;

/** In so many of them all of that type are struck, and not some. */
const WHOLE_SHARE = 0.7;
/** In so many it lasts over time-outs: the view has to change, and it strikes there as well. */
const LONG_SHARE = 0.6;

export function drawMessageType(
  seed: number,
  arena: Arena,
  { messageTypes }: Pick<Protocol, "messageTypes">,
): readonly Strike[] {
  const type = inTurn(seed, STRUCK_TYPES, Object.keys(messageTypes));
  if (type === null || arena.replicas < 2) return [];
  const random = new Random(seed, STREAM);
  const share = percent(random.chance(WHOLE_SHARE) ? 1 : random.real(0.2, 1));
  const struck = { ...drawKind(random, arena), ...drawLinks(random, arena), type, share };
  const strike = at(random, arena, [struck]);
  const longMs = timeouts(random, arena, 6);
  return [random.chance(LONG_SHARE) ? { ...strike, durationMs: longMs } : strike];
}

function drawKind(random: Random, { requestMs }: Arena): What {
  const fault = random.pick(["loss", "loss", "lateness", "lateness", "duplication"]);
  const byMs = Math.floor(requestMs * random.real(0.05, 2)) + 1;
  return fault === "lateness" ? { fault, by: shown(byMs) } : { fault };
}

/** Of everybody, of one as its sender or receiver, or on one link. */
function drawLinks(random: Random, arena: Arena): Readonly<Record<string, unknown>> {
  const who = random.pick<Struck>(["next-primary", anyone(random, arena), anyone(random, arena)]);
  const others = Array.from({ length: arena.replicas }, (_, id) => nameOf(id)).filter(
    (other) => typeof who === "string" || !who.includes(other),
  );
  return random.pick([
    {},
    { from: who },
    { to: who },
    links(who, random.chance(0.5)),
    { from: who, to: random.pick(others) },
  ]);
}
