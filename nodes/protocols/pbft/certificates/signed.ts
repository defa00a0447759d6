/** What a replica knows beside what it counts, where messages are signed. */
import type { ProofFrame } from "../../authentication/scheme.ts";
import { Signatures } from "../../authentication/signatures.ts";
import type { Authenticator } from "../../contract/authenticator.ts";
import { RateLimit } from "../../rate-limit.ts";
import { newViewBytes, viewChangeBytes } from "../message-sizes.ts";
import type { ReplicaState } from "../replica-state.ts";
import { ViewChanges } from "../view-changes.ts";
import { ClaimVerifier } from "./claim-verifier.ts";
import { SignedEvidence } from "./evidence.ts";
import type { ViewChangeClaims } from "./view-change.ts";

export class Signed {
  readonly state: ReplicaState;
  readonly signatures: Signatures;
  readonly evidence: SignedEvidence;
  readonly claims: ClaimVerifier;
  readonly viewChanges = new ViewChanges<ViewChangeClaims<ProofFrame>>();
  /** The NEW-VIEW by which the current view was entered; null in view 0 and while inactive. */
  newView: ProofFrame | null = null;
  /**
   * A view that this replica must not lead: it restarted in it without a stored NEW-VIEW
   * (protocols §13.3).
   */
  leadsNot = -1;
  /** Bytes of the largest honest ones: a longer one is refused before anything of it is read. */
  readonly longest: { readonly viewChange: number; readonly newView: number };
  /** Reading is work before any verification, so few; STATUS repeats what matters. */
  readonly limits: { readonly viewChange: RateLimit; readonly newView: RateLimit };

  constructor(state: ReplicaState, authenticator: Authenticator) {
    const { cluster, meter } = state;
    const periodMs = cluster.timers.statusMs;
    this.state = state;
    this.signatures = new Signatures(cluster, meter.meteredSignatures(authenticator));
    this.evidence = new SignedEvidence(state, this.signatures);
    this.claims = new ClaimVerifier(this.signatures, cluster);
    this.longest = { viewChange: viewChangeBytes(cluster), newView: newViewBytes(cluster) };
    this.limits = {
      viewChange: new RateLimit({ perPeriod: 4, periodMs }),
      newView: new RateLimit({ perPeriod: 2, periodMs }),
    };
  }
}
