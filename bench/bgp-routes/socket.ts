import { parseIp, type ByteStream, type Host, type Ipv4 } from "@vipkit/net";
import {
  countRoutes,
  createFramer,
  encodeMessage,
  PLAIN_CONTEXT,
  viewMessage,
  type Message,
  type ReceiveContext,
} from "@vipkit/bgp";
import { ROUTER, ROUTER_ASN } from "./senders.js";

const CONTEXT: ReceiveContext = { ...PLAIN_CONTEXT, as4: true, ibgp: false };

const OPEN: Message = {
  type: "open",
  version: 4,
  myAs: ROUTER_ASN,
  holdTimeSeconds: 90,
  routerId: parseIp(ROUTER) as Ipv4,
  capabilities: [
    { type: "multiprotocol", family: { afi: 1, safi: 1 } },
    { type: "four-octet-as", asn: ROUTER_ASN },
  ],
};
const KEEPALIVE = encodeMessage({ type: "keepalive" }, PLAIN_CONTEXT);

/** A router that does nothing but count the routes that arrive at its socket. */
export interface RouteCounter {
  /** Resolves when this many have arrived on a connection. @returns milliseconds since it was told to go ahead */
  readonly counted: (count: number) => Promise<number>;
  readonly onRoutes: (handler: (total: number) => void) => void;
  readonly close: () => void;
}

/** Answers a peer on port 179: OPEN, and a KEEPALIVE that establishes the session and starts the clock. */
export async function countRoutesAt(host: Host): Promise<RouteCounter> {
  const handlers = new Set<(total: number) => void>();
  let startedAt = 0;
  let total = 0;
  const hear = (stream: ByteStream, message: Uint8Array): void => {
    const view = viewMessage(message, CONTEXT);
    if (view.type === "open") {
      total = 0;
      stream.write(encodeMessage(OPEN, PLAIN_CONTEXT));
      startedAt = performance.now();
      stream.write(KEEPALIVE);
    } else if (view.type === "update") {
      total += countRoutes(view).announced;
      for (const handler of handlers) handler(total);
    }
  };
  const listener = await host.listen({ local: { ip: parseIp(ROUTER), port: 179 } }, (stream) => {
    const framer = createFramer();
    stream.onBytes((bytes) => {
      for (const message of framer.push(bytes)) hear(stream, message);
    });
  });
  return {
    counted: (count) =>
      new Promise((resolve) => {
        const handler = (now: number): void => {
          if (now < count) return;
          handlers.delete(handler);
          resolve(performance.now() - startedAt);
        };
        handlers.add(handler);
      }),
    onRoutes: (handler) => void handlers.add(handler),
    close: () => listener.close(),
  };
}
