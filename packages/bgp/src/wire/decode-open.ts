import { readIpv4 } from "@vipkit/net";
import type { Capability } from "./capability.js";
import { decodeCapability } from "./decode-capability.js";
import { BgpDecodeError } from "./decode-error.js";
import type { OpenMessage } from "./message.js";
import { NotificationCode, OpenSubcode } from "./notification-codes.js";

const FIXED_END = 29;
const CAPABILITIES = 2;

function openError(
  code: string,
  field: string,
  offset: number,
  message: string,
  subcode: number,
  data?: Uint8Array,
): BgpDecodeError {
  return new BgpDecodeError(code, field, offset, message, {
    type: "notification",
    code: NotificationCode.openMessageError,
    subcode,
    data: data ?? new Uint8Array(0),
  });
}

interface Parameters {
  /** Where the first parameter starts. */
  readonly start: number;
  /** Octets of a parameter's length: two in the extended form (RFC 9072 section 2). */
  readonly lengthSize: 1 | 2;
}

function findParameters(bytes: Uint8Array): Parameters {
  const length = bytes[28]!;
  // RFC 9072 section 2: a first parameter of type 255 says that the extended form follows, whatever the length before it.
  const isExtended = length !== 0 && bytes.length > FIXED_END && bytes[FIXED_END] === 255;
  const start = isExtended ? FIXED_END + 3 : FIXED_END;
  const said = isExtended && start <= bytes.length ? (bytes[30]! << 8) | bytes[31]! : length;
  if (start + said !== bytes.length) {
    const message = `the optional parameters have ${bytes.length - FIXED_END} octets and say something else`;
    throw openError("ERR_BGP_OPEN_LENGTH", "optional parameters length", 28, message, OpenSubcode.unspecific);
  }
  return { start, lengthSize: isExtended ? 2 : 1 };
}

/** Adds the capabilities from `start` to `end` and answers how many there are. */
function readCapabilities(bytes: Uint8Array, start: number, end: number, into: Capability[]): number {
  const before = into.length;
  let at = start;
  while (at < end) {
    const value = at + 2;
    const next = value + (at + 1 < end ? bytes[at + 1]! : 0);
    if (value > end || next > end) {
      const message = "a capability runs over its optional parameter";
      throw openError("ERR_BGP_CAPABILITY_LENGTH", "capability", at, message, OpenSubcode.unspecific);
    }
    into.push(decodeCapability(bytes[at]!, bytes.subarray(value, next)));
    at = next;
  }
  return into.length - before;
}

function readParameters(
  bytes: Uint8Array,
  { start, lengthSize }: Parameters,
): { capabilities: Capability[]; grouping: number[] } {
  const capabilities: Capability[] = [];
  const grouping: number[] = [];
  let at = start;
  while (at < bytes.length) {
    const value = at + 1 + lengthSize;
    const length = lengthSize === 1 ? bytes[at + 1]! : (bytes[at + 1]! << 8) | bytes[at + 2]!;
    const next = value + length;
    if (value > bytes.length || next > bytes.length) {
      const message = "an optional parameter runs over the message";
      throw openError("ERR_BGP_PARAMETER_LENGTH", "optional parameter", at, message, OpenSubcode.unspecific);
    }
    if (bytes[at] !== CAPABILITIES) {
      // RFC 4271 section 6.2
      const message = `optional parameter ${bytes[at]!} is not supported`;
      throw openError("ERR_BGP_PARAMETER", "optional parameter", at, message, OpenSubcode.unsupportedOptionalParameter);
    }
    grouping.push(readCapabilities(bytes, value, next, capabilities));
    at = next;
  }
  return { capabilities, grouping };
}

/** Reads an OPEN whose header has been checked. @throws BgpDecodeError 2/0, 2/1, 2/4 */
export function decodeOpen(bytes: Uint8Array): OpenMessage {
  const version = bytes[19]!;
  if (version !== 4) {
    const data = Uint8Array.of(0, 4);
    const message = `version ${version} is not supported`;
    throw openError("ERR_BGP_VERSION", "version", 19, message, OpenSubcode.unsupportedVersionNumber, data);
  }
  const parameters = findParameters(bytes);
  const { capabilities, grouping } = readParameters(bytes, parameters);
  const isPlain = grouping.length === (capabilities.length === 0 ? 0 : 1);
  return {
    type: "open",
    version,
    myAs: (bytes[20]! << 8) | bytes[21]!,
    holdTimeSeconds: (bytes[22]! << 8) | bytes[23]!,
    routerId: readIpv4(bytes, 24),
    capabilities,
    ...(isPlain ? {} : { grouping }),
    ...(parameters.lengthSize === 2 ? { extendedParameters: true } : {}),
  };
}

/**
 * What no session accepts whoever the peer is (RFC 4271 section 6.2, RFC 6286 section 2.1, RFC 7607 section 2): AS 0, router id
 * 0, hold time of 1 or 2 seconds, a role that does not exist or contradicts another one. @throws BgpDecodeError
 */
export function refuseOpen(open: OpenMessage): void {
  const { myAs, routerId, holdTimeSeconds, capabilities } = open;
  const asn = capabilities.find((capability) => capability.type === "four-octet-as")?.asn ?? myAs;
  if (myAs === 0 || asn === 0) {
    throw openError("ERR_BGP_PEER_AS", "my AS", 20, "AS 0 is nobody", OpenSubcode.badPeerAs);
  }
  if (routerId === 0) {
    throw openError(
      "ERR_BGP_ROUTER_ID",
      "BGP identifier",
      24,
      "the BGP identifier is zero",
      OpenSubcode.badBgpIdentifier,
    );
  }
  if (holdTimeSeconds === 1 || holdTimeSeconds === 2) {
    const message = `a hold time of ${holdTimeSeconds} s is not allowed`;
    throw openError("ERR_BGP_HOLD_TIME", "hold time", 22, message, OpenSubcode.unacceptableHoldTime);
  }
  const roles = new Set(capabilities.filter((capability) => capability.type === "role").map(({ role }) => role));
  if (roles.size > 1) {
    // RFC 9234 section 4.2
    throw openError("ERR_BGP_ROLE", "role", FIXED_END, "two roles contradict each other", OpenSubcode.roleMismatch);
  }
}
