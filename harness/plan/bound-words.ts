/** What each part of a recovery bound is there for, in the words of `plan`. */
export const BOUND_WORDS: Readonly<Record<string, string>> = {
  clientBackoff: "a client has just backed off to its cap, timers.clientCap",
  transportBackoff: "a connection waits so long before it is dialled again",
  requestTimer: "a request waits for timers.request before the view changes",
  badPrimaries: "f primaries in a row may be bad, each for twice as long as the one before",
  resend: "what got lost meanwhile is sent again with the next STATUS, once a view change",
  messages: "those of f + 1 view changes and of an answer, over the slowest links that are timely",
  verifications: "the signatures that a view change has to show",
  wire: "what the simulated network and disks add to these messages",
  slowerThanTimeouts: "time-outs double until a view change fits into them",
  lost: "what the simulated network loses is sent again",
  work: "what this work costs in the simulation",
  throttled: "so much longer takes it the slowest replica that is throttled and timely",
};
