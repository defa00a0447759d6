import { describe, expect, test } from "vitest";
import { promtool, TestPrometheus } from "./prometheus.fixture.ts";

describe("a Prometheus of a test's own", () => {
  test("answers questions, and is gone afterwards", async () => {
    let url = "";
    {
      await using prometheus = await TestPrometheus.start();
      url = prometheus.url;
      const [row] = await prometheus.query("vector(2) * 3");
      expect(row?.values[0]?.value).toBe(6);
      expect((await prometheus.query("scalar(vector(7))"))[0]?.values[0]?.value).toBe(7);
      expect(await prometheus.query("absent_metric")).toEqual([]);
      await expect(prometheus.query("sum(")).rejects.toThrow("parse error");
    }
    await expect(fetch(url)).rejects.toThrow("fetch failed");
  });

  test("says why it did not start", async () => {
    await expect(TestPrometheus.start({ config: "nonsense: 1\n" })).rejects.toThrow("nonsense");
  });

  test("promtool tells what it does not like", () => {
    expect(
      promtool(["check", "metrics"], "# HELP a_total x\n# TYPE a_total counter\na_total 1\n"),
    ).toBe("");
    expect(promtool(["check", "metrics"], "# HELP a x\n# TYPE a counter\na 1\n")).toContain(
      "_total",
    );
  });
});
