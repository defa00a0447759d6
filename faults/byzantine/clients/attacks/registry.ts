/** What a bad client does; any number of clients may be bad (protocols §1.1). */
import type { ClientAttack } from "./attack.ts";
import { forgedNames } from "./forged-names.ts";
import { hastyClient } from "./hasty-client.ts";
import { hugeRequest } from "./huge-request.ts";
import { manyNames } from "./many-names.ts";
import { oneReplicaTold } from "./one-replica-told.ts";
import { oneRequestEach } from "./one-request-each.ts";
import { quietWord } from "./quiet-word.ts";
import { restlessClient } from "./restless-client.ts";
import { tirelessClient } from "./tireless-client.ts";
import { twoOperations } from "./two-operations.ts";
import { validForMost } from "./valid-for-most.ts";
import { validForOne } from "./valid-for-one.ts";

export const clientAttacks: readonly ClientAttack[] = [
  oneRequestEach,
  validForOne,
  validForMost,
  hastyClient,
  tirelessClient,
  twoOperations,
  oneReplicaTold,
  hugeRequest,
  manyNames,
  forgedNames,
  quietWord,
  restlessClient,
];

/** @throws {RangeError} naming those there are */
export function clientAttackNamed(name: string): ClientAttack {
  const found = clientAttacks.find((attack) => attack.name === name);
  if (found !== undefined) return found;
  const known = clientAttacks.map((attack) => attack.name).join(", ");
  throw new RangeError(`there is no attack ${name}; there is: ${known}`);
}
