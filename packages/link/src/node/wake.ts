function nothing(): void {
  // Being called is enough.
}

/**
 * Runs a callback of libuv that Node.js knows nothing of. Nobody else would run the promises it resolves or see what it
 * throws: both happen in the turn that setImmediate brings, before the event loop sleeps again.
 */
export function wake(run: () => void): void {
  try {
    run();
    setImmediate(nothing);
  } catch (error) {
    setImmediate(() => {
      throw error;
    });
  }
}
