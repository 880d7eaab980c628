import type { IpFamily, Millis } from "@vipkit/net";
import { BgpDecodeError } from "../../wire/decode-error.js";
import { familyName } from "../../wire/family.js";
import type { OpenMessage, RouteRefreshMessage } from "../../wire/message.js";
import { CeaseSubcode, NotificationCode, OpenSubcode } from "../../wire/notification-codes.js";
import type { UpdateView } from "../../wire/update-view.js";
import { countRoutes, endOfRibOf } from "../../wire/view-routes.js";
import { viewMessage } from "../../wire/decode-message.js";
import { collisionWinner } from "../fsm/collision.js";
import type { FsmEventName } from "../fsm/events.js";
import type { Side } from "../fsm/half.js";
import type { ErrorReport } from "../fsm/step.js";
import { otherSide, tell, type Connection, type PeerCore } from "./core.js";
import { pump } from "./established.js";
import { feed } from "./feed.js";
import { negotiate } from "./negotiate.js";
import { recordNotification } from "./notice.js";

const NOTHING = new Uint8Array(0);
const COLLISION: ErrorReport = {
  code: NotificationCode.cease,
  subcode: CeaseSubcode.connectionCollisionResolution,
  data: NOTHING,
};

/** A session this young is not taken for one that the peer has forgotten: both sides have just dialled at once. */
const YOUNG_MS = 5000;

/** Puts bytes from the network together to messages and deals with each, until the connection is given up. */
export function receiveBytes(core: PeerCore, connection: Connection, bytes: Uint8Array, now: Millis): void {
  core.counters.bytesIn += bytes.length;
  const { framer, side } = connection;
  for (const message of framer.push(bytes)) {
    if (!core.connections.has(connection.number)) return;
    receiveMessage(core, connection, message, now);
  }
  if (framer.error !== undefined && core.connections.has(connection.number)) {
    feedError(core, side, framer.error, now);
  }
}

/** Which event an undecodable message is (RFC 4271 sections 6.1 to 6.3). */
function errorEvent(code: number): FsmEventName {
  if (code === NotificationCode.messageHeaderError) return "BGPHeaderErr";
  return code === NotificationCode.openMessageError ? "BGPOpenMsgErr" : "UpdateMsgErr";
}

function feedError(core: PeerCore, side: Side, error: BgpDecodeError, now: Millis): void {
  const { code, subcode, data } = error.notification;
  feed(core, side, { event: errorEvent(code), error: { code, subcode, data }, detail: error.message }, now);
}

function receiveMessage(core: PeerCore, connection: Connection, bytes: Uint8Array, now: Millis): void {
  const { counters } = core;
  try {
    const message = viewMessage(bytes, connection.context);
    counters.messagesIn[message.type] = (counters.messagesIn[message.type] ?? 0) + 1;
    switch (message.type) {
      case "open":
        return receiveOpen(core, connection, message, now);
      case "keepalive":
        replaceEstablished(core, connection, now);
        return feed(core, connection.side, { event: "KeepAliveMsg" }, now);
      case "notification": {
        recordNotification(core, "received", message, now);
        const refusesVersion =
          message.code === NotificationCode.openMessageError &&
          message.subcode === OpenSubcode.unsupportedVersionNumber;
        return feed(
          core,
          connection.side,
          { event: refusesVersion ? "NotifMsgVerErr" : "NotifMsg", detail: describeLast(core) },
          now,
        );
      }
      case "update":
        return receiveUpdate(core, connection, message, now);
      case "route-refresh":
        return receiveRefresh(core, connection, message, now);
    }
  } catch (error) {
    if (!(error instanceof BgpDecodeError)) throw error;
    feedError(core, connection.side, error, now);
  }
}

function describeLast({ lastNotification }: PeerCore): string {
  if (lastNotification === undefined) return "";
  return lastNotification.text === undefined
    ? lastNotification.name
    : `${lastNotification.name} (${lastNotification.text})`;
}

function receiveOpen(core: PeerCore, connection: Connection, open: OpenMessage, now: Millis): void {
  const { side } = connection;
  const half = core.state.halves[side];
  const delayed = half.timers.delayOpen !== undefined;
  if (half.state !== "OpenSent" && !delayed) return feed(core, side, { event: "BGPOpen" }, now);
  const result = negotiate(core.settings, open);
  if (!result.ok) {
    tell(core, { type: "openRefused", reason: result.reason });
    return feed(core, side, { event: "BGPOpenMsgErr", error: result.error, detail: result.reason }, now);
  }
  if (!winsCollision(core, connection, open, result.negotiated.peerAsn, now)) return;
  connection.open = open;
  connection.negotiated = result.negotiated;
  const holdTimeMs = result.negotiated.holdTimeSeconds * 1000;
  feed(core, side, { event: delayed ? "BGPOpen_with_DelayOpenTimer_running" : "BGPOpen", holdTimeMs }, now);
  // Only now: a delayed OPEN of ours is still sent without what has been agreed on.
  connection.context = result.negotiated.context;
  connection.framer.extendedMessage = result.negotiated.context.extendedMessage;
}

/** RFC 4271 section 6.8: of two connections one goes, as soon as the OPEN of the second tells who the peer is. */
function winsCollision(
  core: PeerCore,
  connection: Connection,
  open: OpenMessage,
  peerAsn: number,
  now: Millis,
): boolean {
  const { settings } = core;
  const rival = otherSide(connection.side);
  const other = core.state.halves[rival];
  const ours = { routerId: settings.routerId, asn: settings.ownAsn };
  const isWinner = collisionWinner(ours, { routerId: open.routerId, asn: peerAsn }) === connection.side;
  if (other.state === "Established") {
    const restart = core.connections.get(other.connection)?.negotiated?.gracefulRestart;
    const isYoung = now - other.since < YOUNG_MS;
    if (restart !== undefined && !isYoung) {
      // RFC 4724 section 4.2: a peer that restarts gracefully has forgotten the old connection.
      feed(core, rival, { event: "TcpConnectionFails", detail: "the peer has restarted and connected again" }, now);
      return true;
    }
    // The rule is to keep what is established. But a peer that was still in OpenConfirm when our OPEN reached it on this
    // connection has closed the other one, by the same identifiers: if both of us kept to the letter, none would be left.
    // So the peer's next word decides: Cease on the one that it gave up, or KEEPALIVE on this one.
    return isYoung && isWinner ? true : lose(core, connection.side, now);
  }
  if (other.state !== "OpenConfirm") return true;
  if (!isWinner) return lose(core, connection.side, now);
  lose(core, rival, now);
  return true;
}

/** A KEEPALIVE that answers our OPEN on a second connection: the peer has chosen this one. */
function replaceEstablished(core: PeerCore, { side }: Connection, now: Millis): void {
  const rival = otherSide(side);
  const { halves } = core.state;
  if (halves[side].state === "OpenConfirm" && halves[rival].state === "Established") lose(core, rival, now);
}

function lose(core: PeerCore, side: Side, now: Millis): false {
  core.counters.collisions += 1;
  feed(core, side, { event: "OpenCollisionDump", error: COLLISION }, now);
  return false;
}

function receiveUpdate(core: PeerCore, connection: Connection, update: UpdateView, now: Millis): void {
  const { side } = connection;
  const established = core.state.halves[side].state === "Established";
  feed(core, side, { event: "UpdateMsg" }, now);
  if (!established) return;
  const { counters } = core;
  const { announced, withdrawn } = countRoutes(update);
  counters.routesAnnouncedIn += announced;
  counters.routesWithdrawnIn += withdrawn;
  const { action, code, subcode, attribute } = update.verdict;
  if (action !== "accept") {
    counters.malformedUpdates += 1;
    tell(core, { type: "malformed", action, code, subcode, ...(attribute === undefined ? {} : { attribute }) });
  }
  const family = endOfRibOf(update);
  if (family !== undefined) tell(core, { type: "endOfRib", family: familyName(family) });
  core.effects.push({ type: "update", update, side });
}

function receiveRefresh(
  core: PeerCore,
  connection: Connection,
  { family, subtype }: RouteRefreshMessage,
  now: Millis,
): void {
  const established = core.state.halves[connection.side].state === "Established";
  feed(core, connection.side, { event: "UpdateMsg" }, now);
  // RFC 7313 section 3.2: only subtype 0 asks; the marks of the peer's own refresh need no answer.
  if (!established || subtype !== 0 || family.safi !== 1) return;
  const asked: IpFamily | undefined = family.afi === 1 ? "ipv4" : family.afi === 2 ? "ipv6" : undefined;
  if (asked === undefined) return;
  core.rib.refresh(asked, connection.negotiated?.enhancedRouteRefresh ?? false);
  pump(core);
}
