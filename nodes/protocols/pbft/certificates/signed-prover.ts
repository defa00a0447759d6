/** Where messages are signed: what convinces one replica convinces all, at once. */
import type { ProofFrame } from "../../authentication/scheme.ts";
import type { Signatures } from "../../authentication/signatures.ts";
import type { Provable, Prover } from "./provable.ts";

export function signedProver(signatures: Signatures): Prover {
  return {
    scheme: signatures,
    vouches: false,
    said: (content) => shown(signatures.seal(content, "all")),
    heard: (envelope) => shown(signatures.proofIn(envelope)),
    // Whoever reads it looks at what it rests on.
    heardWith: (envelope) => shown(signatures.proofIn(envelope)),
    contained(envelope) {
      const proof = signatures.prove(envelope.frame.slice());
      return proof && shown(proof);
    },
    recalled: (frame) => shown(signatures.written(frame)),
    prove: (frame) => signatures.prove(frame),
    written: (frame) => signatures.written(frame),
  };
}

function shown(proof: ProofFrame): Provable {
  return { frame: proof, proof };
}
