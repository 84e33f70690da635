/** Declares `req.requestId`, which `requestIds()` sets, on Express's request; only who imports this has it. */

declare global {
  // Express's own types are extended in this way, and so it works with version 4 and 5 of them.
  // eslint-disable-next-line typescript/no-namespace
  namespace Express {
    interface Request {
      requestId: string;
    }
  }
}

export {};
