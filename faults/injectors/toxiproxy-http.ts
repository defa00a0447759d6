/** The transport under `toxiproxy-node-client`, with what its own lacks: time-outs and reasons. */
import { HttpClient } from "toxiproxy-node-client/dist/HttpClient.js";
import { z } from "zod";
import { InjectorError } from "./injector-error.ts";

const errorBody = z.object({ error: z.string() });

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** An answer other than 2xx, with the server's own words. */
export class ToxiproxyRefusal extends InjectorError {
  readonly status: number;

  constructor(request: string, status: number, words: string) {
    super("toxiproxy-refused", `${request}: ${status} ${words}`);
    this.status = status;
  }
}

export class TimedHttpClient extends HttpClient {
  readonly #timeoutMs: number;

  constructor(timeoutMs: number) {
    super();
    this.#timeoutMs = timeoutMs;
  }

  override async get<T>(url: string): Promise<{ data: T }> {
    return { data: parse<T>(await this.#send("GET", url)) };
  }

  override async post<T>(url: string, body?: unknown): Promise<{ data: T }> {
    return { data: parse<T>(await this.#send("POST", url, body)) };
  }

  /** The library updates by POST, which the server deprecates with a warning each time. */
  async patch(url: string, body: unknown): Promise<void> {
    await this.#send("PATCH", url, body);
  }

  override async delete(url: string): Promise<void> {
    await this.#send("DELETE", url);
  }

  override getText(url: string): Promise<string> {
    return this.#send("GET", url);
  }

  async #send(method: Method, url: string, body?: unknown): Promise<string> {
    const request = `${method} ${new URL(url).pathname}`;
    const signal = AbortSignal.timeout(this.#timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method,
        signal,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
      });
      text = await response.text();
    } catch (cause) {
      if (signal.aborted) {
        const message = `${request}: no answer in ${this.#timeoutMs} ms`;
        throw new InjectorError("toxiproxy-timeout", message, { cause });
      }
      const message = `${request}: toxiproxy-server does not answer (has it died?)`;
      throw new InjectorError("toxiproxy-unreachable", message, { cause });
    }
    if (!response.ok) throw new ToxiproxyRefusal(request, response.status, words(text));
    return text;
  }
}

/** The library's types promise `T` for whatever came; `toxics.ts` checks what we really use. */
function parse<T>(text: string): T {
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

function words(text: string): string {
  try {
    return errorBody.parse(JSON.parse(text)).error;
  } catch {
    // The 503 of the server's own 25 s limit has no body at all.
    return text === "" ? "(no reason given)" : text;
  }
}
