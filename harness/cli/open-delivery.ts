import type { Delivery } from "./delivery.ts";

/** Null where nobody wants figures; what encodes them is loaded only where somebody does. */
export async function deliveryTo(receiver: string | undefined): Promise<Delivery | null> {
  if (receiver === undefined) return null;
  const { Delivery } = await import("./delivery.ts");
  return new Delivery(receiver);
}
