import type { Mistake } from "@vipkit/k8s-adapter";

/** What a speaker tells about itself as it happens: for the log, the demonstration and tests. */
export type SpeakerEvent =
  | { readonly type: "started"; readonly node: string; readonly gossip: string }
  | { readonly type: "config"; readonly accepted: boolean; readonly mistakes: readonly Mistake[] }
  | { readonly type: "member"; readonly change: string; readonly member: string; readonly address: string }
  | { readonly type: "allocator"; readonly node: string }
  | {
      readonly type: "address";
      readonly service: string;
      readonly addresses: readonly string[];
      readonly pool?: string;
      readonly reason: string;
      readonly message?: string;
    }
  | {
      readonly type: "owner";
      readonly address: string;
      readonly owner?: string;
      readonly mine: boolean;
      readonly reason: string;
    }
  | { readonly type: "peer"; readonly peer: string; readonly state: string; readonly reason: string }
  | { readonly type: "bfd"; readonly peer: string; readonly state: string; readonly reason: string }
  | {
      readonly type: "routes";
      readonly peer: string;
      readonly advertised: readonly string[];
      readonly withdrawn: readonly string[];
    }
  | { readonly type: "link"; readonly interface: string; readonly up: boolean; readonly reason: string }
  | { readonly type: "conflict"; readonly address: string; readonly interface: string; readonly with: string }
  | { readonly type: "problem"; readonly what: string; readonly message: string }
  | { readonly type: "stopped"; readonly reason: string };

export type Tell = (event: SpeakerEvent) => void;
