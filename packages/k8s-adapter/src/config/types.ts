import type { LabelSelector } from "@vipkit/allocator";
import type { Ip, Prefix } from "@vipkit/net";
import type { Community } from "./community.js";

/** The configuration after all defaults, the same whether it was written as objects or as the legacy ConfigMap. */
export interface Config {
  /** Sorted by name. */
  readonly pools: ReadonlyMap<string, PoolSettings>;
  readonly peers: ReadonlyMap<string, PeerSettings>;
  readonly bfdProfiles: ReadonlyMap<string, BfdProfile>;
}

export interface PoolSettings {
  readonly name: string;
  /** Minimal and ascending inside each entry, entries in the order written: the order of allocation. */
  readonly prefixes: readonly Prefix[];
  readonly autoAssign: boolean;
  readonly avoidBuggyIPs: boolean;
  /** Present = the pool serves only what matches. */
  readonly allocateTo: PoolScope | undefined;
  readonly l2: readonly L2Settings[];
  readonly bgp: readonly BgpSettings[];
}

export interface PoolScope {
  /** Lower is asked first; 0 = last. */
  readonly priority: number;
  /** Sorted; names and what namespace selectors matched. */
  readonly namespaces: readonly string[];
  /** Sorted by text; any of them. */
  readonly serviceSelectors: readonly Selector[];
  /** Namespace selectors were given and match no namespace: nobody may use the pool. */
  readonly closed: boolean;
}

/** A label selector and its canonical text. */
export interface Selector {
  readonly text: string;
  readonly selector: LabelSelector;
}

/** The nodes an advertisement is open to. */
export interface NodeScope {
  /** Names of the known nodes that match, sorted. */
  readonly nodes: readonly string[];
  /** No selector was given and no node is known: open to every member. */
  readonly everyNode: boolean;
}

export interface L2Settings extends NodeScope {
  readonly name: string;
  readonly allInterfaces: boolean;
  readonly interfaces: readonly string[];
  /** Empty = all services. */
  readonly serviceSelectors: readonly Selector[];
  /** Weight by node, zeros left out. */
  readonly preferredNodes: ReadonlyMap<string, number>;
}

export interface BgpSettings extends NodeScope {
  readonly name: string;
  readonly aggregationLength: number;
  readonly aggregationLengthV6: number;
  /** 0 = not set. */
  readonly localPref: number;
  /** How often the own ASN is repeated on eBGP; 0 = not at all. */
  readonly asPathPrepend: number;
  /** Sorted, without duplicates. */
  readonly communities: readonly Community[];
  /** Names of BGPPeer objects; empty = all. */
  readonly peers: readonly string[];
  readonly serviceSelectors: readonly Selector[];
}

export interface PeerSettings {
  readonly name: string;
  readonly myAsn: number;
  /** 0 where `dynamicAsn` is given. */
  readonly peerAsn: number;
  readonly dynamicAsn: "internal" | "external" | undefined;
  /** 0 = not set. */
  readonly localAsn: number;
  readonly address: Ip | undefined;
  readonly interface: string | undefined;
  readonly sourceAddress: Ip | undefined;
  readonly port: number;
  readonly holdTimeSeconds: number | undefined;
  readonly keepaliveTimeSeconds: number | undefined;
  readonly connectTimeSeconds: number | undefined;
  readonly routerId: Ip | undefined;
  /** Any of them; empty = every node. */
  readonly nodeSelectors: readonly Selector[];
  /**
   * The TCP-MD5 key (RFC 2385), from the object or its secret. Not enumerable: printing, spreading or serialising the
   * settings leaves it out.
   */
  readonly password?: string;
  /** Where the password is from. */
  readonly passwordSource: "none" | "object" | "secret" | "reference";
  readonly passwordRef: { readonly name: string; readonly namespace: string } | undefined;
  readonly bfdProfile: string | undefined;
  readonly enableGracefulRestart: boolean;
  readonly ebgpMultiHop: boolean;
  readonly vrf: string | undefined;
  readonly disableMP: boolean;
  readonly dualStackAddressFamily: boolean;
}

export interface BfdProfile {
  readonly name: string;
  readonly receiveIntervalMs: number | undefined;
  readonly transmitIntervalMs: number | undefined;
  readonly detectMultiplier: number | undefined;
  readonly echoIntervalMs: number | undefined;
  readonly echoMode: boolean;
  readonly passiveMode: boolean;
  readonly minimumTtl: number | undefined;
}
