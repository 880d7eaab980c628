/**
 * Errors of all packages. Match on `code`, not on `instanceof`: a program that loads both the ESM and the CJS build of a
 * package has two copies of each class.
 */

/** What an error may carry beside its message: plain, serialisable facts. */
export interface ErrorDetails {
  /** What was found, as text. */
  readonly found?: string;
  /** What would have been allowed, as text. */
  readonly allowed?: string;
  /** The thing that went wrong underneath. */
  readonly cause?: unknown;
}

/** Base of every error that vipkit throws. `code` is stable and documented; `message` is for people. */
export class VipkitError extends Error {
  override readonly name: string = "VipkitError";
  readonly code: string;
  readonly found: string | undefined;
  readonly allowed: string | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.found = details.found;
    this.allowed = details.allowed;
  }
}

/** Text that does not say what it should: an address, a prefix, a range, a MAC. */
export class ParseError extends VipkitError {
  override readonly name = "ParseError";
}

/**
 * Bytes that do not decode. `offset` is the byte, counted from the start of the decoded message, where the decoder stopped;
 * `field` is the field it was reading.
 */
export class DecodeError extends VipkitError {
  override readonly name: string = "DecodeError";
  readonly offset: number;
  readonly field: string;

  constructor(code: string, field: string, offset: number, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
    this.field = field;
    this.offset = offset;
  }
}

/** True for anything thrown by vipkit, also when it comes from the other module format's copy of the class. */
export function isVipkitError(value: unknown): value is VipkitError {
  return value instanceof Error && typeof (value as { code?: unknown }).code === "string";
}
