export {
  createInterfaceTable,
  linkLocalOf,
  type Interface,
  type InterfaceEvent,
  type InterfaceTable,
} from "./machine/interface-table.js";
export {
  MAX_FILTER_INSTRUCTIONS,
  runFilter,
  type FilterInstruction,
  type FilterProgram,
} from "./wire/filter-program.js";
export { ACCEPT_ALL, DEFAULT_RANGES, frameFilter } from "./wire/frame-filter.js";
export {
  decodeAddressMessage,
  decodeLinkMessage,
  type AddressMessage,
  type InterfaceAddress,
  type LinkMessage,
} from "./wire/interface-message.js";
export { decodeNetlinkViews, type NetlinkMessage } from "./wire/netlink.js";
export { insertTag, type VlanTag } from "./wire/vlan-tag.js";
