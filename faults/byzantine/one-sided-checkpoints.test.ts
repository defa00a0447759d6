/**
 * r1 withholds its CHECKPOINTs and shows them to some, while r3 is away and once it is back:
 * without r1 nothing is stable of what r0 and r2 have taken meanwhile (protocols §22.3).
 */
import { expect, test } from "vitest";
import { fastAuthenticators } from "../../harness/drivers/simulation/authenticators.ts";
import { MacVectors } from "../../nodes/protocols/authentication/mac-vectors.ts";
import { parametersWith } from "../../nodes/protocols/cluster-parameters.fixture.ts";
import { ProofVectors } from "../../nodes/protocols/pbft/proofs/proof-vectors.ts";
import { ProvingPbft } from "./forgeries/pbft-mac-proof.ts";
import { ToldLies } from "./told-lies.fixture.ts";

const LIAR = 1;
const IDS = [0, 1, 2, 3];
const AWAY = { fault: "partition", isolate: "r3", semantics: "drop", at: "100ms", for: "600ms" };

function told(parameters: Readonly<Record<string, unknown>>): ToldLies {
  return new ToldLies(
    { target: `r${LIAR}`, behaviour: "one-sided-checkpoints", parameters },
    { protocol: "pbft-mac-proof", more: [AWAY] },
  );
}

/** Its first mark that rests on the word of the liar: number and time. */
function firstOfLiar(lies: ToldLies, replica: number) {
  return lies.lines(replica, "stable").find(({ by }) => by.includes(LIAR));
}

test("who lags is stable by what convinces it alone, and the others without the liar, later", () => {
  const lies = told({ readers: "lagging" });
  const shown = firstOfLiar(lies, 3);
  if (shown === undefined) throw new Error("r3 was shown nothing");
  for (const id of [0, 2]) {
    const later = lies.lines(id, "stable").filter(({ n }) => n >= shown.n);
    expect(later[0]?.time).toBeGreaterThan(shown.time);
    expect(later.filter(({ by }) => by.includes(LIAR))).toEqual([]);
  }
});

test("or those who have executed as much, at once: the liar alone is what is missing to them", () => {
  const lies = told({ readers: "executed" });
  const shown = [0, 2].map((id) => firstOfLiar(lies, id)?.time ?? Number.POSITIVE_INFINITY);
  expect(Math.min(...shown)).toBeLessThan(700e6);
});

test("it leads who lags into a view on such a mark, and nobody else, and says nothing more", () => {
  const lies = told({ readers: "lagging", shows: "view-change" });
  const entered = (id: number) => lies.lines(id, "newview").map(({ v }) => v);
  expect([0, 2, 3].map((id) => entered(id).includes(1))).toEqual([false, false, true]);
  expect([0, 2, 3].map((id) => entered(id).includes(2))).toEqual([true, true, true]);
  expect(firstOfLiar(lies, 0)).toBeUndefined();
  expect(lies.observations.run.harness).toEqual({ state: "ok" });
});

test("a proof for two readers convinces both of them, and not the third", () => {
  const cluster = parametersWith({ replicas: 4, faultsMax: 1 });
  const authenticatorOf = fastAuthenticators(1, IDS);
  const schemes = IDS.map((id) => {
    const keys = authenticatorOf(id);
    return new ProofVectors(cluster, new MacVectors(cluster, keys), keys);
  });
  const of = (id: number) => schemes[id] as ProofVectors;
  const liar = new ProvingPbft({ id: LIAR, cluster, authenticator: authenticatorOf(LIAR) });
  const vote = { sequence: 4, digest: "ab".repeat(32) };
  for (const [author, voucher] of [[0, 2] as const, [LIAR, 2] as const]) {
    const said = new ProvingPbft({ id: author, cluster, authenticator: authenticatorOf(author) });
    const frame = said.checkpoint(vote);
    const saying = liar.sayingIn(frame);
    if (saying === null) throw new Error("it is well-formed");
    const vector = of(voucher).vectorOf(of(voucher).vouchFor(saying));
    const proof = liar.shownTo([0, 2], frame, new Map([[voucher, vector]]));
    if (proof === null) throw new Error("it has words enough");
    const convinced = [0, 2, 3].filter((id) => of(id).prove(proof) !== null);
    expect(convinced, `of r${author}`).toEqual([0, 2]);
  }
});
