export { needs, unmet, type Needs, type Requirement } from "./needs.js";
export { findCommand, findPython, hasNetworkNamespaces, hasPythonModule, isRoot } from "./machine.js";
export { until, type UntilOptions } from "./until.js";
export { manualClock, type ManualClock } from "./manual-clock.js";
export { memoryLink, type MemoryLink } from "./memory-link.js";
