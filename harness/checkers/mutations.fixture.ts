/** One way to blind a checker: `replace` occurs exactly once in `file`. */
export interface Mutation {
  /** The checker that goes blind. */
  readonly id: string;
  readonly blindness: string;
  readonly file: string;
  readonly replace: string;
  readonly by: string;
}

function blind(id: string, file: string, changes: readonly (readonly [string, string, string])[]) {
  return changes.map(
    ([blindness, replace, by]): Mutation => ({ id, blindness, file, replace, by }),
  );
}

export const mutations: readonly Mutation[] = [
  ...blind("S-1", "agreement.ts", [
    ["two digests are no conflict", "other.d !== record.d &&", "false &&"],
    [
      "only executions count",
      'record.e === "executed" || record.e === "committed" || record.e === "decided"',
      'record.e === "executed"',
    ],
    ["decisions that were learned do not count", ' || record.e === "decided"', ""],
    [
      "what liars log counts",
      "const logs = goodLogs(input);",
      "const logs = [...input.observations.audits];",
    ],
  ]),
  ...blind("S-2", "prefix.ts", [
    ["gaps are fine", "record.n !== position + 1", "record.n < position"],
    ["executing a number twice is fine", "record.n !== position + 1", "record.n > position + 1"],
    ["operations are not compared", "commandsOf(other) !== commandsOf(record)", "false"],
    ["any start is fine", "record.lastExec > 0 && !taken.numbers.has(record.lastExec)", "false"],
    ["any snapshot is fine", "!taken.exact.has(`${record.n} ${record.d}`)", "false"],
    [
      "a snapshot's digest does not matter",
      "!taken.exact.has(`${record.n} ${record.d}`)",
      "!taken.numbers.has(record.n)",
    ],
    ["going back is fine", "record.n < position && !corrupt", "false"],
    ["a corrupt replica may not go back", "corrupt = true;", ""],
    ["a restart counts as a gap", "position = record.lastExec;", ""],
  ]),
  ...blind("S-3", "integrity.ts", [
    [
      "what was never sent is fine",
      "return { ...shownBy(`${which}, which was never sent`, record), rests };",
      "return null;",
    ],
    ["what was sent later is fine", "record.time + CLOCK_TOLERANCE_NS < invoke.time", "false"],
    ["any digest is fine", "if (digests.fits(text, digest)) return null;", "return null;"],
    [
      "only the first execution is looked at",
      "wrong !== null && !violations.has(name)",
      "wrong !== null && !seen.has(name)",
    ],
  ]),
  ...blind("S-4", "exactly-once.ts", [
    ["two numbers are fine", "other.n !== record.n || again !== null", "again !== null"],
    [
      "the same number twice is fine",
      "other.n !== record.n || again !== null",
      "other.n !== record.n",
    ],
    ["a restart makes a second effect", 'record.e === "boot" || ', ""],
  ]),
  ...blind("S-5", "reply-validity.ts", [
    ["results are not compared", "other.result !== result", "false"],
  ]),
  ...blind("S-6", "linearizable.ts", [
    ["no model, no check", 'new Map([["kv", "kv"]])', "new Map([])"],
    ["nonsense is fine", "nonsense.length > 0", "false"],
  ]),
  ...blind("S-6", "linearizability/step.ts", [
    ["reads see anything", "return step.value === state ? state : undefined;", "return state;"],
    [
      "a failed cas says nothing",
      "return step.from === state ? undefined : state;",
      "return state;",
    ],
    ["appends overwrite", '(state ?? "") + step.value', "step.value"],
  ]),
  ...blind("S-6", "linearizability/history-calls.ts", [
    [
      "unanswered writes never happened",
      'add(open, event.type === "info" ? null : event, at);',
      'if (event.type !== "info") add(open, event, at);',
    ],
    [
      "failed cas are dropped",
      'return failed ? { kind: "miss", from } :',
      "return failed ? null :",
    ],
  ]),
  ...blind("S-6", "linearizability/search.ts", [
    [
      "everything may be hidden",
      "hideable(goal.step) && goal.invoked < start.overwrittenAt",
      "true",
    ],
  ]),
  ...blind("S-6", "linearizability/check-history.ts", [
    ["no violation is believed", 'if (result.outcome !== "violation") continue;', "continue;"],
  ]),
  ...blind("S-7", "real-time-order.ts", [
    ["order does not matter", "highest !== null && n <= highest.n", "false"],
    ["answers are not remembered", "highest = { n, event };", ""],
  ]),
  ...blind("S-8", "checkpoint-agreement.ts", [
    ["digests are not compared", "other.d !== record.d", "false"],
    [
      "stable digests do not count",
      'record.e !== "checkpoint" && record.e !== "stable" && record.e !== "installed"',
      'record.e !== "checkpoint" && record.e !== "installed"',
    ],
    [
      "installed digests do not count",
      'record.e !== "checkpoint" && record.e !== "stable" && record.e !== "installed"',
      'record.e !== "checkpoint" && record.e !== "stable"',
    ],
    ["a corrupt replica is fine", 'record.e === "corrupt"', "false"],
    ["polled digests are not compared", "other.stateDigest !== sample.stateDigest", "false"],
    ["final digests are not compared", "states.size < 2", "true"],
  ]),
  ...blind("S-9", "view-monotonicity.ts", [
    ["lower views are fine", "record.v < highest.v", "false"],
    ["votes do not count", '      case "preprepared":\n      case "prepared": {', "      {"],
    [
      "a restart may go back",
      '      case "boot":\n      case "viewchange":',
      '      case "viewchange":',
    ],
  ]),
  ...blind("S-10", "one-value.ts", [
    [
      "a new life forgets",
      "for (const vote of later) violations.push(twoValues(first, vote));",
      "for (const vote of later) if (vote.boot === first.boot) violations.push(twoValues(first, vote));",
    ],
    [
      "one life may stand for two digests",
      "for (const vote of later) violations.push(twoValues(first, vote));",
      "for (const vote of later) if (vote.boot !== first.boot) violations.push(twoValues(first, vote));",
    ],
    [
      "backups are not compared",
      "else if (other.d !== record.d) violations.push(twoValues(other, record));",
      "",
    ],
    [
      "certificates do not count",
      'record.e !== "preprepared" && record.e !== "prepared"',
      'record.e !== "preprepared"',
    ],
  ]),
  ...blind("S-11", "certificates.ts", [
    ["any size is fine", "disturbed && named.size < neededFor(record, input)", "false"],
    [
      "members may repeat",
      "const named = new Set(record.by);",
      "const named = { size: record.by.length, [Symbol.iterator]: () => record.by.values() };",
    ],
    ["f+1 is enough", "return Math.ceil((replicas + faultsMax + 1) / 2);", "return faultsMax + 1;"],
    [
      "support need not be given",
      "if (given.has(`${replica} ${basisOf(record)}`)) continue;",
      "continue;",
    ],
  ]),
  ...blind("S-12", "commit-support.ts", [
    ["no support is needed", "support.size > faultsMax", "true"],
    ["one good replica is enough", "support.size > faultsMax", "support.size > 0"],
  ]),
  ...blind("S-13", "new-view-soundness.ts", [
    ["any digest may be selected", "digest === certificate.d", "digest !== undefined"],
    [
      "a number may be left out",
      "digest === certificate.d",
      "digest === undefined || digest === certificate.d",
    ],
    [
      "learned decisions do not count",
      'record.e === "committed" || record.e === "decided"',
      'record.e === "committed"',
    ],
    ["nothing need be named", "violations.push(...concealed(log))", "concealed(log)"],
    ["any digest may be named", "entry.d === known.d", "true"],
    ["any view may be named", "entry.view >= known.v", "entry.view >= 0"],
    [
      "certificates of this view count",
      "certificate.v >= record.v || certificate.n <= record.base",
      "certificate.n < record.base",
    ],
  ]),
  ...blind("S-16", "durability.ts", [
    ["nothing is ever lost", "without.length === 0", "true"],
    ["a restart forgets nothing", 'if (record.e === "boot") return record.lastExec;', ""],
    [
      "any snapshot covers",
      "all.some((other) => other.executed.has(n) && other.executed.has(snapshot))",
      "true",
    ],
    [
      "being behind is a loss",
      "if (executed.has(n) || end < n) return false;",
      "if (executed.has(n)) return false;",
    ],
    [
      "unexecuted operations are fine",
      "n === undefined || lacks(holding, n, holdings)",
      "n !== undefined && lacks(holding, n, holdings)",
    ],
    ["snapshots cover nothing", "snapshots.push(built);", ""],
  ]),
  ...blind("convergence", "standings.ts", [
    ["leaving a view is not noticed", 'case "viewchange":', 'case "timer":'],
    ["polls do not count", "(polled(sample) ?? [])", "[]"],
    ["entering a view is not noticed", '    case "newview":\n', ""],
  ]),
  ...blind("convergence", "convergence.ts", [
    ["the view does not matter", "!== null) return [];", "!== undefined) return [];"],
    ["silence is fine", "const missing = expected.filter(", "const missing = [].filter("],
    ["digests are not compared", "states.size < 2", "true"],
    ["it need not be reached", "[{ ...notReached(input, expected), rests }]", "[]"],
    ["it is always owed", "owedNs < new Bounds(input)", "0 * owedNs < -1 * new Bounds(input)"],
    ["replicas held down must answer", "!awayAtEnd(ledger, replica)", "true"],
  ]),
  ...blind("L-1", "completion.ts", [
    ["every operation is in time", "deadline > to || answer.time <= deadline", "true"],
    ["silence is fine", "deadline <= Math.min(to, givenUp)", "false"],
    ["giving up early is fine", "givenUp > to || givenUp - from < boundNs", "true"],
    [
      "giving up while it recovers is a miss",
      "givenUp > to || givenUp - from < boundNs",
      "givenUp > to",
    ],
    ["with a liar about giving up is a miss", " || this.#liesBefore(to)", ""],
    [
      "who asks again has not waited",
      "const deadline = Math.max(since, from) + boundNs;",
      "const deadline = sentIn + boundNs;",
    ],
    ["an idle client waits on", "invoke.time - before.to <= idleMaxNs", "true"],
    [
      "the bound counts from the invocation",
      "const sentIn = Math.max(invoke.time, from);",
      "const sentIn = invoke.time;",
    ],
  ]),
  ...["L-1", "L-2"].flatMap((id) =>
    blind(id, "bounds.ts", [
      ["doubled time-outs are no part of the bound", "if (vain) doublings += 1;", ""],
    ]),
  ),
  ...blind("L-2", "bounds.ts", [
    ["time-outs may double without end", "time < from", "true"],
    ["every view change doubles", "if (vain) doublings += 1;", "doublings += 1;"],
  ]),
  ...blind("L-1", "windows.ts", [
    ["a disturbance does not restart the bound", "time > from && time < to", "false"],
  ]),
  ...blind("L-2", "disturbances.ts", [
    ["a timely delay restarts the bound", "!timely.has(line.entry) || ", "true || "],
    ["delays are timely together", "steps.has(line.time / 1e6)", "false"],
    ["every delay is timely", "< timelyMs(requestMs)", "< Number.POSITIVE_INFINITY"],
    ["what did not happen restarts the bound", "isAbsent(line.outcome)", "false"],
  ]),
  ...blind("L-2", "recovery.ts", [
    ["any standstill is fine", "worst.ns <= worst.boundMs * 1e6", "true"],
  ]),
  ...blind("L-2", "windows.ts", [
    ["giving up ends a standstill", "if (!isAnswer(event)) continue;", ""],
    ["what is owed does not matter", "({ livenessOwed }) => livenessOwed", "() => true"],
  ]),
  ...blind("uptime", "uptime.ts", [
    ["deaths do not count", 'line.kind === "died" && good.has(line.replica)', "false"],
    [
      "liars must stay up",
      'line.kind === "died" && good.has(line.replica)',
      'line.kind === "died"',
    ],
  ]),
  ...blind("L-7", "no-churn.ts", [
    [
      "wanting another view is fine",
      'record.e === "viewchange" || record.e === "newview"',
      'record.e === "newview"',
    ],
    [
      "entering one is fine",
      'record.e === "viewchange" || record.e === "newview"',
      'record.e === "viewchange"',
    ],
    ["faults are no excuse", "plan.entries.length > 0 || ", "false && "],
  ]),
  ...blind("expectations", "expectations.ts", [
    ["recoverWithin is ignored", "recovery.waitedMs > recoverWithinMs", "false"],
    ["too many view changes are fine", "changes > viewChanges.max", "false"],
    ["too few view changes are fine", "changes < viewChanges.min", "false"],
    ["too few operations are fine", "judged < minOperations", "false"],
    ["the final reads are load", " && final !== true", ""],
    [
      "an empty window is fine",
      "inside.length === 0 && minOperations > 0 && to - from >= bounds.ns(from)",
      "false",
    ],
  ]),
  ...blind("expectations", "recovery-time.ts", [
    [
      "whoever does not ask waits too",
      "waitedMs: waited.ns / 1e6",
      "waitedMs: ((answer ?? end) - from) / 1e6",
    ],
  ]),
  ...["S-2", "S-3", "S-11", "S-12"].flatMap((id) =>
    blind(id, "proof.ts", [
      ["what may be missing does not matter", "return known > until;", "return true;"],
    ]),
  ),
  ...["S-16", "convergence"].flatMap((id) =>
    blind(id, "proof.ts", [
      [
        "a run that was broken off has come to rest",
        "return completeness.ended && known === Number.POSITIVE_INFINITY;",
        "return true;",
      ],
    ]),
  ),
];
