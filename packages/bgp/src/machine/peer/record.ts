import { fromHex, toHex, type Millis, type Tick } from "@vipkit/net";
import type { PeerConfig } from "./config.js";
import type { PeerEffect, PeerInput } from "./effects.js";
import { createPeerMachine } from "./machine.js";

/** The first line of a record: all that the machine starts from. The password is left out; the machine has no use for it. */
interface RecordHeader {
  readonly config: PeerConfig;
  readonly seed: number;
  readonly now: Millis;
}

interface RecordStep {
  readonly now: Millis;
  readonly input: PeerInput | Tick;
  readonly effects: readonly PeerEffect[];
}

/** JSON has neither bytes nor large integers. */
function plain(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { $hex: toHex(value) };
  return typeof value === "bigint" ? { $int: value.toString() } : value;
}

function revive(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { $hex: hex, $int: int } = value as { $hex?: unknown; $int?: unknown };
  if (typeof hex === "string") return fromHex(hex);
  return typeof int === "string" ? BigInt(int) : value;
}

/** The line that begins a record. */
export function recordHeader(config: PeerConfig, seed: number, now: Millis): string {
  const shown: PeerConfig = { ...config, password: undefined };
  return JSON.stringify({ config: shown, seed, now }, plain);
}

/** One line for one input: when, what came in, what came out. */
export function recordStep(now: Millis, input: PeerInput | Tick, effects: readonly PeerEffect[]): string {
  return JSON.stringify({ now, input, effects }, plain);
}

/** A step of a record that came out otherwise this time. `line` counts from 1. */
export interface ReplayDifference {
  readonly line: number;
  readonly recorded: string;
  readonly replayed: string;
}

/**
 * Runs a record again on a new machine and compares every effect.
 * @param lines a header and steps, as `recordHeader` and `recordStep` wrote them
 * @returns where effects differ; empty when the machine does what it did
 * @throws SyntaxError when a line is no JSON
 */
export function replayRecord(lines: readonly string[]): readonly ReplayDifference[] {
  const [first, ...rest] = lines;
  if (first === undefined) return [];
  const { config, seed, now } = JSON.parse(first, revive) as RecordHeader;
  const machine = createPeerMachine(config, seed, now);
  const differences: ReplayDifference[] = [];
  rest.forEach((text, at) => {
    const step = JSON.parse(text, revive) as RecordStep;
    const recorded = JSON.stringify(step.effects, plain);
    const replayed = JSON.stringify(machine.handle(step.input, step.now), plain);
    if (recorded !== replayed) differences.push({ line: at + 2, recorded, replayed });
  });
  return differences;
}
