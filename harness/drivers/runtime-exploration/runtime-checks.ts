/** What a runtime owes its core, and what each promise is called when it is broken. */
export const runtimeChecks = {
  durable: "what anybody outside rests on is read back after any power cut",
  "read-back": "what is read back was written, whole, in order, and nothing else",
  refusal: "who refuses a log changes nothing of it",
  "false-alarm": "a log that nobody spoilt is not refused",
  "recovery-work": "what a start looks at grows with what is on its disk, and no faster",
  "audit-first": "the lines of the audit log are written before the frames that go out with them",
  "at-most-once": "each frame leaves once and is taken once",
  "in-order": "frames of one connection, and audit lines, come in their order and without gaps",
  unaltered: "what leaves, and what is taken, is what a core has sent",
  "proven-sender": "a frame is taken from nobody but him whom the handshake proved",
  "newest-wins":
    "the newest process of a peer is answered, on its newest connection, and those of it are kept",
  "comes-back":
    "whoever was cut off, or down, is dialled in time, and heard again once all is healed",
  steady: "a connection that nobody touches stays, alone, and a lost one is dialled after a pause",
  attested: "what a process says of its links, and of who beats there, is what was there",
  "bounded-memory": "whatever a peer, a link or a disk does, what is kept has a bound",
  "fair-share": "of one peer no more is looked at than its share, and what comes to nothing rests",
  pages: "who asks for a page is answered, and many who ask at once cost one rendering",
  timers: "a timer that was set expires once, in time, and no other does",
  residue: "who has stopped has no descriptor, socket or timer left",
  exception: "no process ends but for its disk or its log",
} as const;

export type RuntimeCheck = keyof typeof runtimeChecks;
