import { expect, test } from "vitest";
import { fastAuthenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import { parametersOf } from "../../../harness/drivers/simulation/explore.fixture.ts";
import {
  type ClientEffects,
  clientId,
  type NodeId,
} from "../../../nodes/protocols/contract/core.ts";
import { pbftSig } from "../../../nodes/protocols/pbft/variants/pbft-sig.ts";
import { clientAttacks } from "./attacks/registry.ts";
import { BadClient } from "./bad-client.ts";

const id = clientId({ host: 0, index: 1 });

/** A bad client, and what it has done since the last look. */
function badClient() {
  const done: { sent: NodeId[]; timers: string[] } = { sent: [], timers: [] };
  const effects: ClientEffects = {
    send: (to) => done.sent.push(to),
    setTimer: (timer) => done.timers.push(timer),
    cancelTimer: () => {},
    completed: () => {},
  };
  const cluster = parametersOf(pbftSig);
  const authenticator = fastAuthenticators(1, [0, 1, 2, 3, id])(id);
  const operation = new Uint8Array();
  const client = new BadClient({ id, cluster, authenticator, protocol: pbftSig.name, operation });
  const look = () => ({ sent: done.sent.splice(0), timers: done.timers.splice(0) });
  const switchTo = (attacks: readonly string[]) => {
    const states = attacks.map((behaviour) => ({ behaviour, parameters: {} }));
    client.invoke(BadClient.command(states), 0, effects);
    return look();
  };
  const wake = (timer: string) => {
    client.timer(timer, 0, effects);
    return look();
  };
  return { client, switchTo, wake };
}

test.each(clientAttacks)("$name goes on until it is switched off, and no longer", ({ name }) => {
  const { client, switchTo, wake } = badClient();
  expect(switchTo([name])).toEqual({ sent: [], timers: [name] });
  const turns = [1, 2, 3, 4].map(() => wake(name));
  expect(turns.map(({ timers }) => timers)).toEqual([[name], [name], [name], [name]]);
  const sent = turns.flatMap((turn) => turn.sent);
  expect(new Set(sent)).toEqual(new Set([0, 1, 2, 3]));
  const counted = { [`byzantine.${name}`]: sent.length };
  expect(client.counters).toEqual(counted);
  expect(switchTo([])).toEqual({ sent: [], timers: [] });
  // Set before, it expires now.
  expect(wake(name)).toEqual({ sent: [], timers: [] });
  expect(client.counters).toEqual(counted);
});

test("one attack that is switched off leaves the other one on", () => {
  const { switchTo, wake } = badClient();
  switchTo(["hasty-client", "valid-for-one"]);
  expect(switchTo(["valid-for-one"])).toEqual({ sent: [], timers: [] });
  expect(wake("hasty-client").sent).toEqual([]);
  expect(wake("valid-for-one").sent).toEqual([0, 1, 2, 3]);
});

test("restless-client leaves one out for long, and then half of them, others each time", () => {
  const { switchTo, wake } = badClient();
  switchTo(["restless-client"]);
  const stages = Array.from({ length: 4 }, () => {
    const [toAll, ...turns] = Array.from({ length: 75 }, () => wake("restless-client").sent);
    expect(new Set(toAll)).toEqual(new Set([0, 1, 2, 3]));
    return [...new Set(turns.flat())].toSorted();
  });
  expect(stages).toEqual([
    [1, 2, 3],
    [2, 3],
    [0, 1, 3],
    [0, 1],
  ]);
});
