/** A client that costs little: it keeps its connections, and does not parse response bodies. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";

const CONNECTIONS = 10;
const HEAD_END = "\r\n\r\n";
const LENGTH = /content-length: (\d+)/i;

/** Connections to one server. */
export class Connections {
  private constructor(
    private readonly sockets: readonly Socket[],
    private readonly request: string,
  ) {}

  static async open(port: number, path: string): Promise<Connections> {
    const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, "127.0.0.1").setNoDelay(true));
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    return new Connections(sockets, `GET ${path} HTTP/1.1\r\nHost: a\r\n${HEAD_END.slice(2)}`);
  }

  /** Sends this number of requests in total. Throws if a response is not 200 or a connection ends. */
  async send(requests: number): Promise<void> {
    const left = { requests };
    await Promise.all(this.sockets.map((socket) => this.work(socket, left)));
  }

  private async work(socket: Socket, left: { requests: number }): Promise<void> {
    while (left.requests > 0) {
      left.requests -= 1;
      socket.write(this.request);
      await response(socket);
    }
  }
}

async function response(socket: Socket): Promise<void> {
  let [text, wanted] = ["", Infinity];
  while (text.length < wanted) {
    const [bytes] = (await once(socket, "data")) as [Buffer];
    text += bytes.toString("latin1");
    const head = text.indexOf(HEAD_END);
    if (head < 0) continue;
    if (!text.startsWith("HTTP/1.1 200 ")) throw new Error(`not 200: ${text.slice(0, 60)}`);
    wanted = head + HEAD_END.length + Number(LENGTH.exec(text.slice(0, head))?.[1] ?? NaN);
  }
}
