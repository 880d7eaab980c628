export { createWorld, type World, type WorldOptions } from "./machine/world.js";
export type { SimHost } from "./machine/host.js";
export type { HostOptions } from "./machine/station.js";
export type { Segment, SegmentOptions, TappedFrame } from "./machine/segment.js";
export { INTERFACE_NAME } from "./machine/link.js";
export { seededRandom } from "./machine/random.js";
