import { parseIp, parseMac, type Endpoint } from "@vipkit/net";
import { createWorld, type SimHost, type World } from "@vipkit/sim";
import type { MemberEvent } from "../../src/index.js";
import { startMember, type Member, type MemberOptions } from "../../src/node/index.js";

/** A member on a simulated host, with all that it has said. */
export interface SimMember {
  readonly host: SimHost;
  readonly member: Member;
  readonly events: { readonly at: number; readonly event: MemberEvent }[];
}

/** Members on one simulated segment. */
export interface Cluster {
  readonly world: World;
  readonly members: SimMember[];
  start(index: number, options?: Partial<MemberOptions>): Promise<SimMember>;
  /** Who is in sight of member `index`, as one text. */
  sees(index: number): string;
  /** True when all of these see exactly these. */
  agree(indexes: readonly number[]): boolean;
}

export function addressOf(index: number): Endpoint {
  return { ip: parseIp(`192.0.2.${index + 1}`), port: 7946 };
}

export function nameOf(index: number): string {
  return `n${index}`;
}

/** @param seed of all randomness in the world */
export function createCluster(seed: number, defaults: Partial<MemberOptions> = {}, loss = 0): Cluster {
  const world = createWorld({ seed, latencyMs: 0.2, jitterMs: 0.3, loss });
  const hosts = new Map<number, SimHost>();
  const members: SimMember[] = [];

  const hostOf = (index: number): SimHost => {
    const known = hosts.get(index);
    if (known !== undefined) return known;
    const mac = parseMac(`02:00:00:00:00:${(index + 1).toString(16).padStart(2, "0")}`);
    const host = world.addHost({ name: nameOf(index), mac, addresses: [addressOf(index).ip] });
    hosts.set(index, host);
    return host;
  };
  const sees = (index: number): string =>
    members[index]!.member.members()
      .map(({ name }) => name)
      .join(" ");

  return {
    world,
    members,
    start: async (index, options = {}) => {
      const host = hostOf(index);
      const events: SimMember["events"] = [];
      const join = index === 0 ? [] : [addressOf(0)];
      const base = { host, name: nameOf(index), bind: addressOf(index), profile: "lan" as const, join };
      const member = await startMember({ ...base, ...defaults, ...options });
      member.onEvent((event) => events.push({ at: world.now, event }));
      members[index] = { host, member, events };
      return members[index];
    },
    sees,
    agree: (indexes) => {
      const expected = indexes.map(nameOf).sort().join(" ");
      return indexes.every((index) => sees(index) === expected);
    },
  };
}

/** A cluster of `size` members that all know one another. */
export async function startedCluster(
  seed: number,
  size: number,
  defaults: Partial<MemberOptions> = {},
  loss = 0,
): Promise<Cluster> {
  const cluster = createCluster(seed, defaults, loss);
  const all = Array.from({ length: size }, (_, index) => index);
  for (const index of all) await cluster.start(index);
  if (!(await cluster.world.until(() => cluster.agree(all), 120_000)))
    throw new Error("the cluster did not come together");
  return cluster;
}

/** How long after `since` each of these has seen member `gone` leave, in virtual milliseconds. */
export function leaveTimes(cluster: Cluster, observers: readonly number[], gone: number, since: number): number[] {
  return observers.map((index) => {
    const found = cluster.members[index]!.events.find(
      ({ at, event }) => at >= since && event.type === "leave" && event.member.name === nameOf(gone),
    );
    return found === undefined ? Infinity : found.at - since;
  });
}
