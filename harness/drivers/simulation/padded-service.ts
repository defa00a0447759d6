import type { Operation, ServiceDefinition } from "../../../nodes/protocols/contract/service.ts";

/** No value of a workload holds it. */
const PADDING = "\0";
/** Much faster than one after the other. */
const ALL_PADDING = new RegExp(`${PADDING}+`, "g");

/**
 * The same service with longer values on the wire and in the state, so that it does not fit
 * into one page. The history keeps the short ones: checkers judge what was meant.
 */
export function padded(service: ServiceDefinition, paddingBytes: number): ServiceDefinition {
  if (paddingBytes === 0) return service;
  const padding = PADDING.repeat(paddingBytes);
  return {
    ...service,
    encode: (operation, options) => service.encode(withPadding(operation, padding), options),
    decode(operation, result) {
      const decoded = service.decode(operation, result);
      if (decoded === null || decoded.value === null) return decoded;
      return { ...decoded, value: decoded.value.replace(ALL_PADDING, "") };
    },
  };
}

function withPadding(operation: Operation, padding: string): Operation {
  switch (operation.f) {
    case "write":
    case "append":
      return { ...operation, value: operation.value + padding };
    case "cas": {
      const [from, to] = operation.value;
      return { ...operation, value: [from === null ? null : from + padding, to + padding] };
    }
    case "read":
    case "delete":
    case "null":
      return operation;
    default:
      return operation satisfies never;
  }
}
