import pc from "picocolors";

/** One thing that happened, for `--json`; `text` is what people read. */
export interface Happening {
  readonly event: string;
  readonly text: string;
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** Tells the story as it happens: lines with the time for people, JSON Lines for programs. */
export interface Narrator {
  chapter(title: string): void;
  tell(happening: Happening): void;
}

export function createNarrator(json: boolean, now: () => number, write: (line: string) => void): Narrator {
  const milliseconds = (): number => Number(now().toFixed(1));
  return {
    chapter: (title) => {
      if (!json) write(`\n${pc.bold(title)}`);
    },
    tell: ({ event, text, facts }) => {
      if (json) write(JSON.stringify({ t: milliseconds(), event, ...facts }));
      else write(`${pc.dim(`${(now() / 1000).toFixed(3).padStart(7)} s`)}  ${text}`);
    },
  };
}
