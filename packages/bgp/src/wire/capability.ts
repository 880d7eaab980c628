import type { Family } from "./family.js";

/** RFC 4760 section 8 */
export interface MultiprotocolCapability {
  readonly type: "multiprotocol";
  readonly family: Family;
}

/** RFC 2918 */
export interface RouteRefreshCapability {
  readonly type: "route-refresh";
}

/** RFC 8950 section 4 */
export interface ExtendedNextHopCapability {
  readonly type: "extended-next-hop";
  readonly entries: readonly { readonly family: Family; readonly nextHopAfi: number }[];
}

/** RFC 8654 */
export interface ExtendedMessageCapability {
  readonly type: "extended-message";
}

/** RFC 9234 section 4.1: 0 provider, 1 route server, 2 route-server client, 3 customer, 4 peer */
export interface RoleCapability {
  readonly type: "role";
  readonly role: number;
}

/** RFC 4724 section 3; `notification` is the N bit of RFC 8538 section 2. */
export interface GracefulRestartCapability {
  readonly type: "graceful-restart";
  /** The R bit: the sender has restarted. */
  readonly restarting: boolean;
  readonly notification: boolean;
  /** 0 to 4095 */
  readonly restartTimeSeconds: number;
  /** `preserved` is the F bit: forwarding went on during the restart. */
  readonly families: readonly { readonly family: Family; readonly preserved: boolean }[];
}

/** RFC 6793 */
export interface FourOctetAsCapability {
  readonly type: "four-octet-as";
  readonly asn: number;
}

/** RFC 7911 section 4: mode 1 receive, 2 send, 3 both */
export interface AddPathCapability {
  readonly type: "add-path";
  readonly families: readonly { readonly family: Family; readonly mode: number }[];
}

/** RFC 7313 */
export interface EnhancedRouteRefreshCapability {
  readonly type: "enhanced-route-refresh";
}

/** RFC 9494 section 3.1 */
export interface LongLivedGracefulRestartCapability {
  readonly type: "long-lived-graceful-restart";
  /** `staleTimeSeconds` has 24 bits. */
  readonly families: readonly {
    readonly family: Family;
    readonly preserved: boolean;
    readonly staleTimeSeconds: number;
  }[];
}

/** draft-walton-bgp-hostname-capability: at most 255 octets of UTF-8 each. */
export interface FqdnCapability {
  readonly type: "fqdn";
  readonly hostname: string;
  readonly domain: string;
}

/** draft-ietf-idr-software-version: at most 255 octets of UTF-8. */
export interface SoftwareVersionCapability {
  readonly type: "software-version";
  readonly version: string;
}

/** draft-ietf-idr-linklocal-capability */
export interface LinkLocalNextHopCapability {
  readonly type: "link-local-next-hop";
}

/** A capability that this codec does not read, or one of a known code with an impossible value: kept as it came. */
export interface UnknownCapability {
  readonly type: "unknown";
  readonly code: number;
  readonly value: Uint8Array;
}

export type Capability =
  | MultiprotocolCapability
  | RouteRefreshCapability
  | ExtendedNextHopCapability
  | ExtendedMessageCapability
  | RoleCapability
  | GracefulRestartCapability
  | FourOctetAsCapability
  | AddPathCapability
  | EnhancedRouteRefreshCapability
  | LongLivedGracefulRestartCapability
  | FqdnCapability
  | SoftwareVersionCapability
  | LinkLocalNextHopCapability
  | UnknownCapability;

/** Capability codes by name (IANA registry). */
export const CapabilityCode = {
  multiprotocol: 1,
  "route-refresh": 2,
  "extended-next-hop": 5,
  "extended-message": 6,
  role: 9,
  "graceful-restart": 64,
  "four-octet-as": 65,
  "add-path": 69,
  "enhanced-route-refresh": 70,
  "long-lived-graceful-restart": 71,
  fqdn: 73,
  "software-version": 75,
  "link-local-next-hop": 77,
} as const;

export const BgpRole = { provider: 0, routeServer: 1, routeServerClient: 2, customer: 3, peer: 4 } as const;
