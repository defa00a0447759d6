/** What the compiler refuses, as in `authentication/proof-frame.test.ts`, and what a core is given. */
import { expect, test } from "vitest";
import { fastAuthenticators } from "../../../harness/drivers/simulation/authenticators.ts";
import { nullService } from "../../services/null.ts";
import { Signatures } from "../authentication/signatures.ts";
import { parametersWith } from "../cluster-parameters.fixture.ts";
import { unreplicated } from "../unreplicated/unreplicated.ts";
import {
  type NodeAuthenticator,
  type UnsignedAuthenticator,
  withoutSigning,
} from "./authenticator.ts";
import { clientId } from "./core.ts";
import { type ProtocolWith, unsigned } from "./protocol.ts";

const cluster = parametersWith({ replicas: 1, faultsMax: 0 });
const ALICE = clientId({ host: 0, index: 1 });
const authenticatorOf = fastAuthenticators(1, [0, ALICE]);

test("protocols §2.7: a core that is to tag holds nothing that signs, nor a way to it", () => {
  const given: UnsignedAuthenticator[] = [];
  const taggingOnly: ProtocolWith<UnsignedAuthenticator> = {
    ...unreplicated,
    createReplica({ authenticator, ...rest }) {
      given.push(authenticator);
      return unreplicated.createReplica({ ...rest, authenticator: authenticatorOf(0) });
    },
    createClient({ authenticator, ...rest }) {
      given.push(authenticator);
      return unreplicated.createClient({ ...rest, authenticator: authenticatorOf(ALICE) });
    },
  };
  const protocol = unsigned(taggingOnly);
  const service = nullService.create({ argumentBytes: 0, resultBytes: 0 });
  protocol.createReplica({ id: 0, cluster, service, authenticator: authenticatorOf(0) });
  protocol.createClient({ id: ALICE, cluster, authenticator: authenticatorOf(ALICE) });
  for (const authenticator of given) {
    expect(Object.keys(authenticator).sort()).toEqual([
      "checkTag",
      "digest",
      "exchange",
      "requests",
      "self",
      "tag",
    ]);
    expect(Object.getPrototypeOf(authenticator)).toBe(Object.prototype);
  }
  expect(given[0]?.checkTag(ALICE, Uint8Array.of(1), tagOf(ALICE, 0))).toBe(true);
});

test("protocols §2.7: neither a scheme of signatures nor one that signs is made of tags", () => {
  const tags: UnsignedAuthenticator = withoutSigning(authenticatorOf(0));
  expect(() => {
    // @ts-expect-error it cannot sign
    new Signatures(cluster, tags);
    // @ts-expect-error as above
    const node: NodeAuthenticator = tags;
    expect(node).toBe(tags);
  }).not.toThrow();
});

function tagOf(sender: number, receiver: number): Uint8Array {
  return authenticatorOf(sender).tag(receiver, Uint8Array.of(1));
}
