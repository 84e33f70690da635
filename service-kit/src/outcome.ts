/** How a request ended for the one who sent it. */

import type { ServerResponse } from "node:http";

/** nginx's number for a request that was closed before its response was finished. */
const CLOSED = 499;
const FAILED = 500;
const broken = new WeakSet<ServerResponse>();

/** Ends a response that has begun and cannot be finished; the client sees that it is incomplete. */
export function breakOff(res: ServerResponse): void {
  broken.add(res);
  res.destroy();
}

/** Returns the status of a response that was closed before it was finished. */
export function statusWhenClosed(res: ServerResponse): number {
  return broken.has(res) ? FAILED : CLOSED;
}
