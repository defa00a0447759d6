export type InjectorErrorCode =
  | "toxiproxy-missing"
  | "toxiproxy-start"
  | "toxiproxy-timeout"
  | "toxiproxy-refused"
  | "toxiproxy-unreachable"
  | "toxiproxy-wedged"
  | "process-changed"
  | "signal-unconfirmed";

/** A failing world under an injector. Drivers pass `code` and `cause` on. */
export class InjectorError extends Error {
  override readonly name = "InjectorError";
  readonly code: InjectorErrorCode;

  constructor(code: InjectorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
