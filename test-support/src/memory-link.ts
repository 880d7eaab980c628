import type { FrameInterest, FrameLink, Ip, LinkChange, Mac } from "@vipkit/net";

export interface MemoryLink extends FrameLink {
  mac: Mac;
  up: boolean;
  linkLocal: Ip | undefined;
  readonly sent: Uint8Array[];
  readonly groups: Map<Ip, number>;
  readonly interests: (FrameInterest | undefined)[];
  readonly subscribers: number;
  failing: boolean;
  deliver(frame: Uint8Array): void;
  /** Tells that something has changed. */
  changed(change?: LinkChange): void;
  /** What was sent since the last call. */
  takeSent(): Uint8Array[];
}

/** A link in memory that keeps what was sent. */
export function memoryLink(mac: Mac, linkLocal?: Ip): MemoryLink {
  const frames = new Map<object, { handler: (frame: Uint8Array) => void; interest: FrameInterest | undefined }>();
  const changes = new Set<(change: LinkChange) => void>();
  const groups = new Map<Ip, number>();
  const sent: Uint8Array[] = [];
  return {
    name: "test0",
    mac,
    up: true,
    linkLocal,
    sent,
    groups,
    failing: false,
    get interests() {
      return [...frames.values()].map(({ interest }) => interest);
    },
    get subscribers() {
      return frames.size + changes.size;
    },
    send(frame) {
      if (this.failing) throw new Error("no buffer space");
      sent.push(frame.slice());
    },
    onFrame: (handler, interest) => {
      const key = {};
      frames.set(key, { handler, interest });
      return () => void frames.delete(key);
    },
    onChange: (handler) => {
      const own = (change: LinkChange): void => handler(change);
      changes.add(own);
      return () => void changes.delete(own);
    },
    joinGroup: (group) => void groups.set(group, (groups.get(group) ?? 0) + 1),
    leaveGroup: (group) => {
      const left = (groups.get(group) ?? 0) - 1;
      if (left < 0) throw new Error("left more often than joined");
      if (left === 0) groups.delete(group);
      else groups.set(group, left);
    },
    close: () => undefined,
    deliver: (frame) => {
      for (const { handler } of [...frames.values()]) handler(frame);
    },
    changed: (change = "state") => {
      for (const handler of [...changes]) handler(change);
    },
    takeSent: () => sent.splice(0),
  };
}
