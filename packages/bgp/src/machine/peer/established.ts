import { isLinkLocal, type Endpoint, type Millis } from "@vipkit/net";
import type { OutContext } from "../routes/attributes.js";
import type { NextHops, PeerSettings } from "./config.js";
import { leadingHalf, sessionConnection, tell, type Connection, type PeerCore } from "./core.js";
import type { Negotiated } from "./negotiate.js";
import { writeBytes } from "./write.js";

/** Bytes made ahead of what the network takes. More would only delay KEEPALIVEs and changes of mind. */
const HIGH_WATER = 256 * 1024;
const PIECE = 64 * 1024;

/** The session's own address is the next hop of its family, unless the configuration names another. */
function nextHopsOf(settings: PeerSettings, local: Endpoint): NextHops {
  const own: NextHops =
    typeof local.ip === "number"
      ? { ipv4: local.ip }
      : isLinkLocal(local.ip)
        ? { linkLocal: local.ip }
        : { ipv6: local.ip };
  return { ...own, ...settings.nextHops };
}

/** RFC 9234 section 5: routes towards a customer, a peer or a client of a route server carry OTC. */
const MARKING_ROLES: ReadonlySet<string> = new Set(["provider", "peer", "rs"]);

function outContext(settings: PeerSettings, connection: Connection, negotiated: Negotiated): OutContext {
  return {
    codec: negotiated.context,
    ibgp: negotiated.ibgp,
    ownAsn: settings.ownAsn,
    families: negotiated.families,
    nextHops: nextHopsOf(settings, connection.local),
    onlyToCustomer: settings.role !== undefined && MARKING_ROLES.has(settings.role),
  };
}

export function becomeEstablished(core: PeerCore, now: Millis): void {
  const connection = sessionConnection(core);
  const negotiated = connection?.negotiated;
  if (connection === undefined || negotiated === undefined) return;
  core.counters.established += 1;
  core.state = { ...core.state, establishedAt: now, hasBeenUp: true };
  core.lastError = undefined;
  core.rib.open(outContext(core.settings, connection, negotiated));
  tell(core, { type: "established", negotiated });
  pump(core);
}

export function leaveEstablished(core: PeerCore, reason: string): void {
  core.rib.close();
  core.state = { ...core.state, establishedAt: undefined };
  tell(core, { type: "down", reason, state: leadingHalf(core.state).state });
}

/** Makes UPDATEs as long as the network keeps up. */
export function pump(core: PeerCore): void {
  const connection = sessionConnection(core);
  if (connection === undefined) return;
  while (connection.backlog < HIGH_WATER) {
    const bytes = core.rib.next(PIECE);
    if (bytes === undefined) return;
    writeBytes(core, connection, bytes);
    countMessages(core, bytes);
  }
}

const TYPE_NAMES: Readonly<Record<number, string>> = { 2: "update", 5: "route-refresh" };

function countMessages({ counters }: PeerCore, bytes: Uint8Array): void {
  for (let at = 0; at + 19 <= bytes.length; at += (bytes[at + 16]! << 8) | bytes[at + 17]!) {
    const name = TYPE_NAMES[bytes[at + 18]!] ?? "other";
    counters.messagesOut[name] = (counters.messagesOut[name] ?? 0) + 1;
  }
}
