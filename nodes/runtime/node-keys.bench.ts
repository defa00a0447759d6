/**
 * What stands behind a message costs: `node nodes/runtime/node-keys.bench.ts`. Rounds of all
 * candidates in turn, the best round of each; the ratio to SipHash is what to look at, the time is
 * this machine's.
 */
import {
  createHmac,
  createSecretKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import { MacVectors } from "../protocols/authentication/mac-vectors.ts";
import { Ed25519Authenticator, generateKeys } from "./keys.ts";
import { sipHash128 } from "./sip-hash.ts";

const ROUNDS = 15;
const CALLS = 2_000;
const REPLICAS = 4;

const secret = randomBytes(16);
/** A digest, a direction and the number of a key. */
const statement = randomBytes(32 + 12);
const hmacKey = createSecretKey(secret);
const pair = generateKeyPairSync("ed25519");
const signature = sign(null, statement, pair.privateKey);

const names = Array.from({ length: REPLICAS }, (_, replica) => `r${replica}`);
const keys = generateKeys(names);
const cluster = { clusterId: "be".repeat(16), epoch: 0, replicas: REPLICAS };
const [author, reader] = [0, 1].map(
  (node) => new MacVectors(cluster, new Ed25519Authenticator(node, keys)),
) as [MacVectors, MacVectors];
const content = { type: 4, payload: new Uint8Array(48) };
const opened = reader.open(author.seal(content, "all"));
if (opened === null || !reader.verify(opened)) throw new Error("the bench measures nothing");

const candidates: readonly (readonly [string, () => unknown])[] = [
  ["SipHash-2-4-128", () => sipHash128(secret, statement)],
  ["HMAC-SHA-256", () => createHmac("sha256", hmacKey).update(statement).digest()],
  ["Ed25519, sign", () => sign(null, statement, pair.privateKey)],
  ["Ed25519, verify", () => verify(null, statement, pair.publicKey, signature)],
  [`a vector of ${REPLICAS - 1}, made`, () => author.seal(content, "all")],
  ["its own entry, checked", () => reader.verify(opened)],
];

const best = new Map<string, number>();
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [name, run] of candidates) {
    const start = performance.now();
    for (let call = 0; call < CALLS; call += 1) run();
    const us = (1_000 * (performance.now() - start)) / CALLS;
    best.set(name, Math.min(us, best.get(name) ?? Number.POSITIVE_INFINITY));
  }
}
const unit = best.get("SipHash-2-4-128") ?? 1;
for (const [name, us] of best) {
  const ratio = (us / unit).toFixed(1).padStart(7);
  process.stdout.write(`${name.padEnd(26)} ${us.toFixed(2).padStart(8)} us ${ratio}\n`);
}
