import type { ProfileName } from "@vipkit/leader";
import { startMember, type Member } from "@vipkit/leader/node";
import { formatIp, type Endpoint, type Host } from "@vipkit/net";
import type { Tell } from "./events.js";
import { decodeList, decodeSeniority, encodeList, encodeSeniority, eldestOf, type LeaseList } from "./leases.js";

export interface GossipOptions {
  readonly host: Host;
  readonly name: string;
  readonly bind: Endpoint;
  readonly profile: ProfileName;
  /** Wall clock milliseconds at the start of this speaker. */
  readonly since: number;
  /** Members have come, gone or changed. */
  readonly changed: () => void;
  /** Another speaker's list of leases has arrived. */
  readonly listReceived: (list: LeaseList) => void;
  readonly tell: Tell;
}

/** The other speakers, as this one sees them. */
export interface Gossip {
  /** False until the first attempt to reach the others is over. */
  readonly settled: boolean;
  /** Names of all living members, this one included, sorted. */
  names(): readonly string[];
  /** The speaker that allocates for all. */
  eldest(): string | undefined;
  /** Whoever exchanges views with this speaker gets this list from now on. */
  hold(list: LeaseList): void;
  /** Hands the list to all other speakers at once. */
  send(list: LeaseList): void;
  /** Where the others may be, from now on. Without any of them this speaker is alone. */
  join(seeds: readonly Endpoint[]): void;
  snapshot(): object;
  leave(): Promise<void>;
}

/** How long a speaker that starts waits for the others before it believes that it is alone. */
const FIRST_JOIN_MS = 1500;
const LEAVE_MS = 1000;

export async function startGossip(options: GossipOptions): Promise<Gossip> {
  const { host, name, bind, profile, since, changed, listReceived, tell } = options;
  const member = await startMember({ host, name, bind, profile, meta: encodeSeniority(since) });
  let settled = false;
  const settle = (): void => {
    if (settled) return;
    settled = true;
    changed();
  };
  const receive = (bytes: Uint8Array): void => {
    const list = decodeList(bytes);
    if (list !== undefined) listReceived(list);
  };
  member.onEvent((event) => {
    if (event.type === "user") receive(event.payload);
    else if (event.type === "remoteState") receive(event.state);
    else {
      const { member: about } = event;
      tell({ type: "member", change: event.type, member: about.name, address: formatIp(about.ip) });
      changed();
    }
  });
  return {
    get settled() {
      return settled;
    },
    names: () => member.members().map((known) => known.name),
    eldest: () => eldestOf(member.members().map((known) => ({ name: known.name, since: decodeSeniority(known.meta) }))),
    hold: (list) => member.setState(encodeList(list)),
    send: (list) => sendToAll(member, list),
    join: (seeds) => {
      member.setSeeds(seeds);
      if (!settled) host.clock.after(FIRST_JOIN_MS, settle);
      void member.join(seeds).then(settle, settle);
    },
    snapshot: () => {
      const { members, score, counters } = member.snapshot();
      const shown = members.map(({ name: known, ip, port, state }) => ({
        name: known,
        address: formatIp(ip),
        port,
        state,
      }));
      return { members: shown, score, counters };
    },
    leave: async () => {
      await member.leave(LEAVE_MS);
      await member.close();
    },
  };
}

function sendToAll(member: Member, list: LeaseList): void {
  const bytes = encodeList(list);
  for (const { name, meta } of member.members()) {
    // A list that does not arrive is made up for by the next exchange of whole views.
    if (name !== member.name && decodeSeniority(meta) !== undefined)
      void member.send(name, bytes, { reliable: true }).catch(() => undefined);
  }
}
