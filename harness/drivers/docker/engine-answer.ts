/** What an engine of containers said, taken out of what dockerode throws. */
import { DriverError } from "../driver.ts";

/** The code under which the engine has answered. */
export function statusOf(error: unknown): unknown {
  const cause = error instanceof DriverError ? error.cause : error;
  return cause instanceof Error ? Reflect.get(cause, "statusCode") : undefined;
}

/**
 * The engine's own words: dockerode puts some of its own before them, which it knows from the code
 * alone. Only an answer without a body has no others.
 */
export function answerIn(error: unknown): string {
  const cause = error instanceof DriverError ? error.cause : error;
  if (!(cause instanceof Error)) return "";
  const body: unknown = Reflect.get(cause, "json");
  if (statusOf(error) === 304) return cause.message;
  const message: unknown =
    typeof body === "object" && body !== null ? Reflect.get(body, "message") : undefined;
  return typeof message === "string" ? message : "";
}

/** It was asked, and nothing came: not even that it is not there. */
export function isSilence(error: unknown): boolean {
  const cause = error instanceof DriverError ? error.cause : error;
  return cause instanceof DriverError && cause.code === "TIMEOUT";
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error);
}
