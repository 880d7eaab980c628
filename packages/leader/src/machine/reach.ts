import type { Endpoint } from "@vipkit/net";
import { isLiving, livingOthers, othersOf, sameEndpoint, type Core } from "./core.js";
import { pushPullScale } from "./formulas.js";
import { pickRandom } from "./random.js";
import { dialPushPull } from "./streams.js";

/** After an exchange with a member that each side held for dead, both need a moment to refute before the next one. */
const SECOND_LOOK_MS = 50;
const HEAL_AT_ONCE = 2;

/** Contacts all these addresses; says how many have answered when the last one has, or has not. */
export function join(core: Core, request: number, to: readonly Endpoint[]): void {
  const others = othersOf(to, core.self);
  let waiting = others.length;
  let contacted = 0;
  const ended = (): unknown => core.effects.push({ type: "joined", request, contacted });
  if (waiting === 0) ended();
  for (const endpoint of others) {
    dialPushPull(core, endpoint, true, (answered) => {
      if (answered) contacted += 1;
      if ((waiting -= 1) === 0) ended();
    });
  }
}

/** Now and then the whole view with one random member. */
export function startPushPulls(core: Core): void {
  const again = (): void => {
    const everyMs = core.config.pushPullIntervalMs * pushPullScale(core.members.size);
    core.timers.schedule(core.now + everyMs, () => {
      const [member] = pickRandom(core.random, livingOthers(core), 1, ({ state }) => state === "alive");
      if (member !== undefined) dialPushPull(core, member, false, () => undefined);
      again();
    });
  };
  core.timers.schedule(core.now + core.random.next() * core.config.pushPullIntervalMs, again);
}

/**
 * Contacts seeds that are no members, and dead members. SWIM alone has no way back after a partition: nobody probes the dead,
 * and in the end both sides have forgotten each other.
 */
export function startHealing(core: Core): void {
  const { healIntervalMs, isolatedHealMs } = core.config;
  let pauseMs = isolatedHealMs;
  const again = (): void => {
    const isolated = livingOthers(core).length === 0;
    pauseMs = isolated ? Math.min(2 * pauseMs, healIntervalMs) : isolatedHealMs;
    const afterMs = isolated ? pauseMs : healIntervalMs;
    // Half fixed, half random: two sides that heal in step would refute each other in step as well.
    core.timers.schedule(core.now + afterMs * (0.5 + core.random.next()), heal);
  };
  const heal = (): void => {
    if (!core.leaving)
      for (const to of pickRandom(core.random, lostEndpoints(core), HEAL_AT_ONCE, () => true)) contact(core, to);
    again();
  };
  if (healIntervalMs !== Infinity) core.timers.schedule(core.now + isolatedHealMs, heal);
}

function lostEndpoints(core: Core): Endpoint[] {
  const living = livingOthers(core);
  const seeds = core.seeds.filter((seed) => !living.some((member) => sameEndpoint(member, seed)));
  const dead = core.ring.filter(
    (member) => member.state === "dead" && !seeds.some((seed) => sameEndpoint(seed, member)),
  );
  return [...seeds, ...dead];
}

function contact(core: Core, to: Endpoint): void {
  dialPushPull(core, to, true, (answered) => {
    if (!answered) return;
    const stillLost = (): boolean => !core.ring.some((member) => isLiving(member) && sameEndpoint(member, to));
    if (!stillLost()) return;
    core.timers.schedule(core.now + SECOND_LOOK_MS, () => {
      if (stillLost()) dialPushPull(core, to, true, () => undefined);
    });
  });
}
