import type { IpFamily, Ipv4 } from "@vipkit/net";
import { BgpRole, type Capability } from "../../wire/capability.js";
import type { ReceiveContext } from "../../wire/context.js";
import { hasFamily, IPV4_UNICAST, type Family } from "../../wire/family.js";
import type { OpenMessage } from "../../wire/message.js";
import { NotificationCode, OpenSubcode } from "../../wire/notification-codes.js";
import { asnOf, familiesOf, findCapability } from "../../wire/open-facts.js";
import type { ErrorReport } from "../fsm/step.js";
import { roleNumber, type PeerSettings } from "./config.js";
import { unicastOf } from "./open.js";

/** What both sides agreed on in their OPEN messages. */
export interface Negotiated {
  readonly peerAsn: number;
  readonly peerRouterId: Ipv4;
  readonly ibgp: boolean;
  /** The smaller of both; 0 = neither hold nor keepalive timer. */
  readonly holdTimeSeconds: number;
  readonly families: readonly IpFamily[];
  readonly context: ReceiveContext;
  /** The peer reads ROUTE-REFRESH, and the marks of RFC 7313. */
  readonly routeRefresh: boolean;
  readonly enhancedRouteRefresh: boolean;
  /** Both offered graceful restart; the peer keeps our routes of these families. */
  readonly gracefulRestart:
    | {
        readonly restartTimeSeconds: number;
        readonly families: readonly IpFamily[];
        /** RFC 8538: a NOTIFICATION other than a hard reset keeps routes as well. */
        readonly notification: boolean;
        /** The peer says that it has restarted. */
        readonly peerRestarting: boolean;
      }
    | undefined;
  /** What the peer offered, as it came. */
  readonly peerCapabilities: readonly Capability[];
}

/** A refusal is what the NOTIFICATION says, with the reason in words. */
export type Negotiation =
  | { readonly ok: true; readonly negotiated: Negotiated }
  | { readonly ok: false; readonly error: ErrorReport; readonly reason: string };

function refuse(subcode: number, reason: string, data: Uint8Array = new Uint8Array(0)): Negotiation {
  return { ok: false, error: { code: NotificationCode.openMessageError, subcode, data }, reason };
}

/** RFC 9234 section 4.2: pairs that fit, ours first. */
const FITTING_ROLES: ReadonlySet<string> = new Set([
  `${BgpRole.provider}:${BgpRole.customer}`,
  `${BgpRole.customer}:${BgpRole.provider}`,
  `${BgpRole.routeServer}:${BgpRole.routeServerClient}`,
  `${BgpRole.routeServerClient}:${BgpRole.routeServer}`,
  `${BgpRole.peer}:${BgpRole.peer}`,
]);

function roleProblem(settings: PeerSettings, open: OpenMessage, ibgp: boolean): string | undefined {
  if (settings.role === undefined || ibgp) return undefined;
  const roles = new Set(open.capabilities.flatMap((one) => (one.type === "role" ? [one.role] : [])));
  if (roles.size === 0) return settings.strictRole === true ? "the peer sends no role" : undefined;
  if (roles.size > 1) return "the peer sends several roles";
  const [theirs] = roles;
  return FITTING_ROLES.has(`${roleNumber(settings.role)}:${theirs}`)
    ? undefined
    : `our role ${settings.role} does not go with the peer's role ${theirs}`;
}

function asnProblem(settings: PeerSettings, asn: number): string | undefined {
  if (settings.peerAsn !== undefined && asn !== settings.peerAsn)
    return `the peer is AS ${asn}, not AS ${settings.peerAsn}`;
  if (settings.dynamicAsn === "internal" && asn !== settings.ownAsn) return `AS ${asn} is not internal`;
  if (settings.dynamicAsn === "external" && asn === settings.ownAsn) return `AS ${asn} is not external`;
  return undefined;
}

function addPathSend(settings: PeerSettings, open: OpenMessage, families: readonly IpFamily[]): Family[] {
  const theirs = settings.addPath ? findCapability(open, "add-path") : undefined;
  // RFC 7911 section 4: mode 1 and 3 receive.
  return families
    .map(unicastOf)
    .filter((family) =>
      theirs?.families.some(
        (one) => one.family.afi === family.afi && one.family.safi === family.safi && (one.mode & 1) !== 0,
      ),
    );
}

function contextOf(
  settings: PeerSettings,
  open: OpenMessage,
  families: readonly IpFamily[],
  ibgp: boolean,
): ReceiveContext {
  const offers = !settings.disableCapabilities;
  const nextHops = findCapability(open, "extended-next-hop")?.entries ?? [];
  const offersNextHop = offers && settings.extendedNextHop && settings.families.includes("ipv4");
  const extended = offersNextHop && nextHops.some((one) => one.nextHopAfi === 2 && hasFamily([one.family], 1, 1));
  return {
    ibgp,
    as4: offers && settings.fourOctetAs && findCapability(open, "four-octet-as") !== undefined,
    addPath: { receive: [], send: offers ? addPathSend(settings, open, families) : [] },
    extendedMessage: offers && settings.extendedMessage && findCapability(open, "extended-message") !== undefined,
    extendedNextHop: extended ? [IPV4_UNICAST] : [],
  };
}

function restartOf(
  settings: PeerSettings,
  open: OpenMessage,
  families: readonly IpFamily[],
): Negotiated["gracefulRestart"] {
  const theirs = findCapability(open, "graceful-restart");
  if (theirs === undefined || settings.gracefulRestart === undefined || settings.disableCapabilities) return undefined;
  return {
    restartTimeSeconds: theirs.restartTimeSeconds,
    families,
    notification: theirs.notification,
    peerRestarting: theirs.restarting,
  };
}

/** Checks a received OPEN against what is configured, and says what the session will be like (RFC 4271 section 6.2). */
export function negotiate(settings: PeerSettings, open: OpenMessage): Negotiation {
  const asn = asnOf(open);
  const wrongAsn = asnProblem(settings, asn);
  if (wrongAsn !== undefined) return refuse(OpenSubcode.badPeerAs, wrongAsn);
  const ibgp = asn === settings.ownAsn;
  // RFC 6286 section 2.2: internal peers must not share the identifier.
  if (ibgp && open.routerId === settings.routerId)
    return refuse(OpenSubcode.badBgpIdentifier, "the peer has our router id");
  const wrongRole = roleProblem(settings, open, ibgp);
  if (wrongRole !== undefined) return refuse(OpenSubcode.roleMismatch, wrongRole);
  const ours = settings.disableCapabilities ? (["ipv4"] as const) : settings.families;
  const offered = familiesOf(open);
  const families = ours.filter((family) => hasFamily(offered, unicastOf(family).afi, 1));
  if (families.length === 0) return refuse(OpenSubcode.unsupportedCapability, "no address family in common");
  return {
    ok: true,
    negotiated: {
      peerAsn: asn,
      peerRouterId: open.routerId,
      ibgp,
      holdTimeSeconds: Math.min(settings.holdTimeSeconds, open.holdTimeSeconds),
      families,
      context: contextOf(settings, open, families, ibgp),
      routeRefresh: findCapability(open, "route-refresh") !== undefined,
      enhancedRouteRefresh:
        !settings.disableCapabilities && findCapability(open, "enhanced-route-refresh") !== undefined,
      gracefulRestart: restartOf(settings, open, families),
      peerCapabilities: open.capabilities,
    },
  };
}
