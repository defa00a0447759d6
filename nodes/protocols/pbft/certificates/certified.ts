/** What a replica knows beside what it counts, where a change of views rests on certificates. */
import { RateLimit } from "../../rate-limit.ts";
import type { CertificateSizes } from "../message-sizes.ts";
import type { ReplicaState } from "../replica-state.ts";
import { ViewChanges } from "../view-changes.ts";
import { ClaimVerifier } from "./claim-verifier.ts";
import { CountedMessages } from "./counted-messages.ts";
import type { DecisionEvidence } from "./decision-evidence.ts";
import { CertifiedEvidence } from "./evidence.ts";
import type { Provable, Prover } from "./provable.ts";
import type { HeardViewChange, Reading } from "./view-change.ts";

/** In what the variants with certificates differ. */
export interface CertifiedParts {
  readonly prover: Prover;
  readonly sizes: CertificateSizes;
  readonly decisionsOf: (messages: CountedMessages) => DecisionEvidence;
}

export class Certified {
  readonly state: ReplicaState;
  readonly prover: Prover;
  readonly messages: CountedMessages;
  readonly evidence: CertifiedEvidence;
  readonly decisions: DecisionEvidence;
  readonly claims: ClaimVerifier;
  readonly viewChanges = new ViewChanges<HeardViewChange>();
  /** The NEW-VIEW by which the current view was entered; null in view 0 and while inactive. */
  newView: Provable | null = null;
  /**
   * A view that this replica must not lead: it restarted in it without a stored NEW-VIEW
   * (protocols §13.3).
   */
  leadsNot = -1;
  /** How VIEW-CHANGEs are read. */
  readonly reading: Reading;
  /** Bytes of the largest honest ones: a longer one is refused before anything of it is read. */
  readonly longest: Pick<CertificateSizes, "viewChange" | "newView">;
  /** Reading is work before any verification, so few; STATUS repeats what matters. */
  readonly limits: { readonly viewChange: RateLimit; readonly newView: RateLimit };

  constructor(state: ReplicaState, { prover, sizes, decisionsOf }: CertifiedParts) {
    const { cluster } = state;
    const periodMs = cluster.timers.statusMs;
    const messages = new CountedMessages(prover);
    this.state = state;
    this.prover = prover;
    this.messages = messages;
    this.decisions = decisionsOf(messages);
    this.evidence = new CertifiedEvidence({ state, prover, messages, decisions: this.decisions });
    this.claims = new ClaimVerifier(prover, cluster);
    this.reading = { scheme: prover.scheme, cluster, sizes };
    this.longest = sizes;
    this.limits = {
      viewChange: new RateLimit({ perPeriod: 4, periodMs }),
      newView: new RateLimit({ perPeriod: 2, periodMs }),
    };
  }
}
