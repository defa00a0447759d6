const WRITE_PATH = "/api/v1/write";

/**
 * Takes the address of a server, or all of that of its receiver, without a user and a password.
 * @returns null for anything else
 */
export function receiverOf(address: string): string | null {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  // No request takes them, and whatever is said about the receiver would show them.
  if (url.username !== "" || url.password !== "") return null;
  if (url.pathname === "/") url.pathname = WRITE_PATH;
  return url.href;
}
