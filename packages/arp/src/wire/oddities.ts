import { isGroupMac, isLoopback, isMulticast, MAX_IPV4 } from "@vipkit/net";
import type { ArpFrame } from "./frame.js";

/** What is unusual about a valid frame. Each of these has honest uses, and each is what an attack looks like. */
export type ArpOddity =
  /** The Ethernet source is not the sender: proxies, bonds and virtual routers do that. */
  | "source_differs"
  /** The sender hardware address is zero or a group. */
  | "sha_not_unicast"
  /** The sender protocol address is a group, broadcast or loopback address. */
  | "spa_not_unicast";

/** For people and logs; the responder has rules of its own. */
export function arpOddities({ eth, arp }: ArpFrame): ArpOddity[] {
  const found: ArpOddity[] = [];
  if (eth.src !== arp.sha) found.push("source_differs");
  if (arp.sha === 0 || isGroupMac(arp.sha)) found.push("sha_not_unicast");
  if (isMulticast(arp.spa) || isLoopback(arp.spa) || arp.spa === MAX_IPV4) found.push("spa_not_unicast");
  return found;
}
