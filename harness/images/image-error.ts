/** What may go wrong on any machine while images are made; `code` is stable. */
export class ImageError extends Error {
  override readonly name = "ImageError";
  readonly code: "NO_ENGINE" | "NOT_BUILT";

  constructor(code: ImageError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
