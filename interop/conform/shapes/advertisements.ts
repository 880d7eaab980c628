import {
  parseCommunity,
  selectorFromText,
  type BgpSettings,
  type Community,
  type L2Settings,
  type Selector,
} from "@vipkit/k8s-adapter";
import { VipkitError } from "@vipkit/net";

type Line = Readonly<Record<string, unknown>>;

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

export function selectorsOf(value: unknown): Selector[] {
  return texts(value).map(selectorFromText);
}

/** Advertisements as they stand in a normalised configuration. */
export function bgpAdvertisements(value: unknown): BgpSettings[] {
  return ((value ?? []) as readonly Line[]).map((line, index) => ({
    name: (line.name as string | undefined) ?? `#${index + 1}`,
    nodes: texts(line.nodes),
    everyNode: false,
    aggregationLength: (line.aggregationLength as number | undefined) ?? 32,
    aggregationLengthV6: (line.aggregationLengthV6 as number | undefined) ?? 128,
    localPref: (line.localPref as number | undefined) ?? 0,
    asPathPrepend: (line.asPathPrepend as number | undefined) ?? 0,
    communities: texts(line.communities).map(communityOf),
    peers: texts(line.peers),
    serviceSelectors: selectorsOf(line.serviceSelectors),
  }));
}

/** A large community has three parts here, with or without the word in front. */
function communityOf(text: string): Community {
  const read = parseCommunity(text.split(":").length === 3 ? `large:${text}` : text);
  if (!read.ok) throw new VipkitError(read.code, read.message, { found: text });
  return read.community;
}

export function l2Advertisements(value: unknown): L2Settings[] {
  return ((value ?? []) as readonly Line[]).map((line, index) => {
    const interfaces = texts(line.interfaces);
    return {
      name: `#${index + 1}`,
      nodes: texts(line.nodes),
      everyNode: false,
      allInterfaces: (line.allInterfaces as boolean | undefined) ?? interfaces.length === 0,
      interfaces,
      serviceSelectors: selectorsOf(line.serviceSelectors),
      preferredNodes: new Map(Object.entries((line.preferredNodes ?? {}) as Readonly<Record<string, number>>)),
    };
  });
}
