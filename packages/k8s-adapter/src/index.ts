export { formatPath, type Json, type JsonObject, type Path } from "./objects/json.js";
export { formatMistake, hasErrors, sortMistakes, type Mistake, type Severity } from "./objects/mistake.js";
export { nodeObject, objectFrom, type Place, type SourceObject } from "./objects/source-object.js";
export { readDocuments, type ReadDocuments, type SourceFile } from "./objects/read-documents.js";
export { TEXT_LIMITS } from "./objects/yaml-text.js";
export {
  compareCommunities,
  formatCommunity,
  parseCommunity,
  type Community,
  type ReadCommunity,
} from "./config/community.js";
export { formatSelector, selectorFromText } from "./config/selector.js";
export { migrateLegacy, type MigratedObject, type MigrateOptions } from "./config/migrate-legacy.js";
export { readConfig, type ReadConfig, type ReadConfigOptions } from "./config/read-config.js";
export type { UnknownFields } from "./config/field.js";
export type { Mode } from "./config/mode-rules.js";
export { peersOf, poolsForAllocator } from "./config/allocator-pools.js";
export {
  advertisementConflict,
  firstConflict,
  type Conflict,
  type ConflictPool,
} from "./config/advertisement-conflict.js";
export { preferredScores } from "./config/preferred-scores.js";
export type {
  BfdProfile,
  BgpSettings,
  Config,
  L2Settings,
  NodeScope,
  PeerSettings,
  PoolScope,
  PoolSettings,
  Selector,
} from "./config/types.js";
export { familyOfTexts, type ReadFamily, type ServiceFamily } from "./cluster/family.js";
export { serviceFrom, type Ingress, type Labels, type Service } from "./cluster/service.js";
export { nodeFrom, EXCLUDE_LABEL, type NodeFacts } from "./cluster/node.js";
export { canServe, endpointsBook, type EndpointFacts, type EndpointsBook } from "./cluster/endpoints.js";
export { readCluster, type Cluster, type ReadClusterOptions } from "./cluster/read-cluster.js";
export type { AllocationReason, AllocationVerdict, ConvergeOptions, ServiceEvent } from "./allocation/converge.js";
export { createConverger, type Converger } from "./allocation/converger.js";
export {
  decideAllocation,
  withVerdict,
  type Allocation,
  type AllocationInput,
} from "./allocation/decide-allocation.js";
export { electL2, l2Interfaces, type L2Question, type L2Reason, type L2Verdict } from "./announcement/l2-verdict.js";
export { forService, poolOfIps } from "./announcement/matching.js";
export { decideBgp, type BgpQuestion, type BgpReason, type BgpVerdict } from "./announcement/bgp-verdict.js";
export { advertise, advertisedTo, routesFor, type Advertised, type RouteConflict } from "./announcement/routes.js";
export {
  decideAnnouncements,
  type AddressVerdict,
  type AnnouncementInput,
  type Announcements,
  type ServiceVerdict,
} from "./announcement/decide-announcements.js";
export { statusOf, type ServiceStatus, type StatusInput, type StatusSnapshot } from "./status/status.js";
export { readStatus, withStatus, type ReadStatus } from "./status/read-status.js";
