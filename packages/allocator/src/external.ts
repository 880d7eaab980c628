import type { Claim, Lease, Outcome } from "./claim.js";
import type { Allocator } from "./allocator.js";

/**
 * Somebody else's address management behind the same claims and leases: a database, a REST service, DHCP. An implementation
 * answers refusals as values; it rejects only when it could not be asked, and then nothing may be taken for granted.
 */
export interface AddressSource {
  claim(claim: Claim, signal?: AbortSignalLike): Promise<Outcome>;
  /** The lease that ended, or undefined if there was none. */
  release(owner: string, signal?: AbortSignalLike): Promise<Lease | undefined>;
  /** All leases, for a program that starts with empty books. */
  leases(signal?: AbortSignalLike): Promise<readonly Lease[]>;
}

/** The part of the platform's AbortSignal that is used here; sources get it handed through. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void): void;
}

/** The allocator as a source: for programs that are written for external address management and have none. */
export function sourceFrom(allocator: Allocator): AddressSource {
  return {
    claim: (claim) => Promise.resolve(allocator.claim(claim)),
    release: (owner) => Promise.resolve(allocator.release(owner)),
    leases: () => Promise.resolve([...allocator.leases()]),
  };
}

/**
 * Calls for one owner follow each other in the order in which they were made, whatever the source takes for each; calls for
 * different owners do not wait. A call that fails does not hold up the next one.
 */
export function inOrder(source: AddressSource): AddressSource {
  const tails = new Map<string, Promise<unknown>>();
  const after = <T>(owner: string, call: () => Promise<T>): Promise<T> => {
    const before = tails.get(owner) ?? Promise.resolve();
    const answer = before.then(call, call);
    const tail: Promise<void> = answer.then(
      () => forget(owner, tail),
      () => forget(owner, tail),
    );
    tails.set(owner, tail);
    return answer;
  };
  const forget = (owner: string, tail: Promise<unknown>): void => {
    if (tails.get(owner) === tail) tails.delete(owner);
  };
  return {
    claim: (claim, signal) => after(claim.owner, () => source.claim(claim, signal)),
    release: (owner, signal) => after(owner, () => source.release(owner, signal)),
    leases: (signal) => source.leases(signal),
  };
}
