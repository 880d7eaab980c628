/** One instruction of a classic BPF program: `struct sock_filter`. Jumps count from the next instruction. */
export interface FilterInstruction {
  readonly code: number;
  /** Instructions to skip when the comparison holds, 0 to 255. */
  readonly jt: number;
  /** Instructions to skip when it does not, 0 to 255. */
  readonly jf: number;
  /** Constant, offset or length, unsigned 32 bits. */
  readonly k: number;
}

/** A whole program, at most 4096 instructions. */
export type FilterProgram = readonly FilterInstruction[];

/** What the kernel takes at most (BPF_MAXINSNS). */
export const MAX_FILTER_INSTRUCTIONS = 4096;

/** The opcodes used here, with their values in linux/filter.h. `I` reads at X plus the constant. */
export const OP = {
  loadWord: 0x20,
  loadHalf: 0x28,
  loadByte: 0x30,
  loadWordI: 0x40,
  loadHalfI: 0x48,
  loadByteI: 0x50,
  loadX: 0x01,
  jump: 0x05,
  jumpIfEqual: 0x15,
  jumpIfAtLeast: 0x35,
  return: 0x06,
} as const;

/** Keep the whole frame. */
export const ACCEPT: FilterInstruction = { code: OP.return, jt: 0, jf: 0, k: 0x4_0000 };
/** Drop it. */
export const REJECT: FilterInstruction = { code: OP.return, jt: 0, jf: 0, k: 0 };

/** Lets nothing through. */
export const REJECT_ALL: FilterProgram = [REJECT];

export function load(code: number, k: number): FilterInstruction {
  return { code, jt: 0, jf: 0, k };
}

export function jump(k: number): FilterInstruction {
  return { code: OP.jump, jt: 0, jf: 0, k };
}

/** A comparison of the accumulator with `k`. */
export function branch(code: number, k: number, jt: number, jf: number): FilterInstruction {
  return { code, jt, jf, k };
}

const WIDTHS: Readonly<Record<number, number>> = {
  [OP.loadWord]: 4,
  [OP.loadHalf]: 2,
  [OP.loadWordI]: 4,
  [OP.loadHalfI]: 2,
  [OP.loadByteI]: 1,
};

/** The number at `at`, or undefined past the end. */
function read(frame: Uint8Array, at: number, width: number): number | undefined {
  if (at + width > frame.length) return undefined;
  let value = 0;
  for (let i = 0; i < width; i += 1) value = value * 256 + frame[at + i]!;
  return value;
}

/**
 * Runs a program on a frame as the kernel does: how many bytes to keep, 0 drops the frame. For tests, and for links that
 * have no kernel under them.
 * @throws RangeError for an opcode that this module never emits, or a jump out of the program
 */
export function runFilter(program: FilterProgram, frame: Uint8Array): number {
  let accumulator = 0;
  let x = 0;
  for (let at = 0; at < program.length; at += 1) {
    const { code, jt, jf, k } = program[at]!;
    if (code === OP.return) return k;
    if (code === OP.jump) at += k;
    else if (code === OP.loadX) x = k;
    else if (code === OP.jumpIfEqual) at += accumulator === k ? jt : jf;
    else if (code === OP.jumpIfAtLeast) at += accumulator >= k ? jt : jf;
    else {
      const width = WIDTHS[code];
      if (width === undefined) throw new RangeError(`opcode ${code} at ${at} is not known`);
      const indirect = code === OP.loadWord || code === OP.loadHalf ? 0 : x;
      const value = read(frame, k + indirect, width);
      // A load past the end of the frame drops it.
      if (value === undefined) return 0;
      accumulator = value;
    }
  }
  throw new RangeError("the program runs past its end");
}
