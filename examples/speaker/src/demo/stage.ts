import type { SpeakerEvent } from "../events.js";

/** A route as the router sees it. */
export interface RouterRoute {
  readonly prefix: string;
  /** Where it leads, sorted. */
  readonly nextHops: readonly string[];
}

/** What the client saw while it asked for something every few milliseconds. */
export interface ProbeReport {
  readonly sent: number;
  readonly answered: number;
  /** The longest time without an answer, in milliseconds; the usual pause between two questions is not counted. */
  readonly outageMs: number;
}

/** A place where the story can be played: real network namespaces, or the simulator. */
export interface Stage {
  /** What is real here, and what is not, in words. */
  readonly real: readonly string[];
  readonly simulated: readonly string[];
  /** How a person can look around in a stage that is kept. */
  readonly visit: string;
  /** Milliseconds since the curtain rose. */
  now(): number;
  /** Builds the network, starts the router and the speakers. */
  start(tell: (node: string, event: SpeakerEvent) => void): Promise<void>;
  /** Waits until the condition holds. Rejects after the limit, with `what` in the message. */
  until(what: string, condition: () => boolean | Promise<boolean>, limitMs: number): Promise<void>;
  pause(durationMs: number): Promise<void>;
  /** Makes every node answer for the addresses, as kube-proxy would. */
  serve(addresses: readonly string[]): Promise<void>;
  /** The client asks the network who has this address; the MAC that answers. */
  ask(address: string): Promise<string>;
  nodeOf(mac: string): string | undefined;
  routes(): Promise<readonly RouterRoute[]>;
  /** The client talks to the address until the returned function is called. */
  probe(address: string): () => Promise<ProbeReport>;
  /** Replaces one file of the configuration; no text removes it. */
  writeFile(name: string, text: string | undefined): Promise<void>;
  /** The node dies: its programs are killed and its cable is pulled. */
  kill(node: string): Promise<void>;
  /** Asks all speakers to stop and waits for them. */
  stopSpeakers(): Promise<void>;
  /** Removes everything that `start` made, whatever state it is in. */
  close(): Promise<void>;
}
