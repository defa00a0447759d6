/**
 * The toxics we use, tied to their attributes, in the ranges that Toxiproxy 2.12 survives: a
 * negative `rate` and an `average_size` of 0 or below `size_variation` crash the whole server.
 */
import { z } from "zod";

const count = z.int().min(0);
const stream = z.enum(["upstream", "downstream"]);
const common = { name: z.string().min(1), stream, toxicity: z.literal(1) };

const toxic = z.discriminatedUnion("type", [
  z.object({
    ...common,
    type: z.literal("latency"),
    attributes: z
      .object({ latency: count, jitter: count })
      .refine(({ latency, jitter }) => jitter <= latency, "jitter exceeds latency"),
  }),
  z.object({
    ...common,
    type: z.literal("bandwidth"),
    attributes: z.object({ rate: z.int().min(1) }),
  }),
  // 0 drops everything for good; larger values are restarted by every chunk and never come due.
  z.object({
    ...common,
    type: z.literal("timeout"),
    attributes: z.object({ timeout: z.literal(0) }),
  }),
  z.object({
    ...common,
    type: z.literal("reset_peer"),
    attributes: z.object({ timeout: z.literal(0) }),
  }),
  z.object({
    ...common,
    type: z.literal("slicer"),
    attributes: z.object({
      average_size: z.int().min(1),
      size_variation: z.literal(0),
      delay: count,
    }),
  }),
  z.object({
    ...common,
    type: z.literal("limit_data"),
    attributes: z.object({ bytes: z.int().min(1) }),
  }),
]);

export type Toxic = z.infer<typeof toxic>;
export type Stream = z.infer<typeof stream>;

/** @throws {z.ZodError} for a toxic that Toxiproxy would misread or die of */
export const parseToxic = (value: unknown): Toxic => toxic.parse(value);

const proxyReading = z.object({
  name: z.string(),
  listen: z.string(),
  upstream: z.string(),
  enabled: z.boolean(),
  toxics: z.array(toxic),
});

/** What Toxiproxy says of one proxy. */
export type ProxyReading = z.infer<typeof proxyReading>;

export const parseProxyReading = (value: unknown): ProxyReading => proxyReading.parse(value);
