// What needs a host's sockets.
export { createBfdSpeaker, type BfdSpeaker, type BfdSpeakerOptions } from "./speaker.js";
export type { BfdSession, BfdSessionConfig } from "./session.js";
