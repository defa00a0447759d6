/** `promtool test rules` runs what tests/alerts.test.yml says; here is seen that it says enough. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { rules } from "../provisioned.fixture.ts";

const schema = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z
        .array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) }))
        .default([]),
      promql_expr_test: z.array(z.object({ expr: z.string() })).default([]),
    }),
  ),
});

const written = schema.parse(
  parse(readFileSync(join(import.meta.dirname, "tests", "alerts.test.yml"), "utf8")),
);

/** Of a rule: what no test says, one entry each. */
function untested(name: string, { tests }: z.infer<typeof schema>): readonly string[] {
  const trials = tests.flatMap((each) => each.alert_rule_test).filter((t) => t.alertname === name);
  return [
    ...(trials.some(({ exp_alerts: fired }) => fired.length > 0) ? [] : [`${name} never fires`]),
    ...(trials.some(({ exp_alerts: fired }) => fired.length === 0) ? [] : [`${name} always fires`]),
  ];
}

const alerts = rules().flatMap((rule) => ("alert" in rule ? [rule.alert] : []));
const records = rules().flatMap((rule) => ("record" in rule ? [rule.record] : []));

test.each(alerts)("%s is seen to fire, and not to fire", (alert) => {
  expect(untested(alert, written)).toEqual([]);
});

test("an alert that is never tested, or only one way, is seen", () => {
  expect(untested("BftNew", written)).toEqual(["BftNew never fires", "BftNew always fires"]);
  const trial = { alertname: "BftNew", exp_alerts: [{}] };
  const tests = [{ alert_rule_test: [trial], promql_expr_test: [] }];
  expect(untested("BftNew", { tests })).toEqual(["BftNew always fires"]);
});

test.each(records)("%s has a test, or an alert that has one rests on it", (record) => {
  const expressions = written.tests
    .flatMap((each) => each.promql_expr_test)
    .map(({ expr }) => expr);
  const resting = rules().filter((rule) => "alert" in rule && rule.expr.includes(record));
  expect([...expressions.filter((expr) => expr === record), ...resting]).not.toEqual([]);
});
