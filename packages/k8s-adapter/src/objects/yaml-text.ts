import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, LineCounter, parseAllDocuments } from "yaml";
import type { Document, YAMLError } from "yaml";
import type { Json, Path } from "./json.js";

/** Bounds on what a text may ask for; beyond them it is refused as a whole. */
export const TEXT_LIMITS = {
  /** Characters of one text. */
  characters: 8_388_608,
  /** Nested collections. */
  depth: 64,
  /** Values that aliases may stand for, counted with repetition. */
  aliases: 1000,
} as const;

export interface TextError {
  readonly code: string;
  readonly message: string;
  readonly allowed?: string;
  readonly line: number;
  readonly column: number;
}

interface Position {
  readonly line: number;
  readonly column: number;
}

/** One document of a YAML text, with the way back to its lines. */
export interface TextDocument {
  readonly value: Json;
  locate(path: Path, at?: "key"): Position;
  /** The node at the path, for texts inside texts. */
  positionInText(path: Path, line: number, column: number): Position;
}

/** Reads a YAML text (1.2, core schema) of any number of documents. All errors at once; wrong documents are left out. */
export function readYaml(text: string): { documents: TextDocument[]; errors: TextError[] } {
  const refused = refuse(text);
  if (refused !== undefined) return { documents: [], errors: [refused] };
  const lines = new LineCounter();
  let parsed: Document.Parsed[];
  try {
    const result = parseAllDocuments(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
      stringKeys: true,
    });
    parsed = "empty" in result ? [] : result;
  } catch (error) {
    return { documents: [], errors: [tooDeep(error)] };
  }
  const documents: TextDocument[] = [];
  const errors: TextError[] = [];
  for (const document of parsed) {
    errors.push(...document.errors.map((error) => textError(error, lines, text)));
    if (document.errors.length > 0 || document.contents === null) continue;
    const outcome = valueOf(document);
    if ("code" in outcome) errors.push({ ...outcome, ...positionOf(document.contents.range[0], lines) });
    else documents.push(createDocument(document, outcome.value, text, lines));
  }
  return { documents, errors };
}

/** Cheap checks before any parser sees the text. */
function refuse(text: string): TextError | undefined {
  if (text.length > TEXT_LIMITS.characters) {
    return {
      code: "text_too_long",
      message: `the text has ${text.length} characters`,
      allowed: `at most ${TEXT_LIMITS.characters}`,
      line: 1,
      column: 1,
    };
  }
  return tooManyBrackets(text) ?? tooManyIndents(text);
}

function tooManyBrackets(text: string): TextError | undefined {
  let open = 0;
  let line = 1;
  for (let i = 0; i < text.length; i += 1) {
    const character = text[i];
    if (character === "\n") line += 1;
    else if (character === "[" || character === "{") open += 1;
    else if (character === "]" || character === "}") open = Math.max(0, open - 1);
    // Brackets in quotes and comments count too: such depths have no honest use.
    if (open > TEXT_LIMITS.depth * 4) return depthError(line);
  }
  return undefined;
}

/** Lines that stand further and further to the right, and lists in lists on one line. */
function tooManyIndents(text: string): TextError | undefined {
  const indents: number[] = [];
  let line = 0;
  for (let start = 0; start <= text.length && start >= 0; start = text.indexOf("\n", start) + 1 || -1) {
    line += 1;
    let at = start;
    while (text[at] === " ") at += 1;
    if (text[at] === undefined || text[at] === "\n") continue;
    while (indents.length > 0 && indents[indents.length - 1]! >= at - start) indents.pop();
    indents.push(at - start);
    if (indents.length > TEXT_LIMITS.depth * 2 || lineStartsDeep(text, at)) return depthError(line);
  }
  return undefined;
}

/** `- - - - ...`: a list in a list in a list on one line. */
function lineStartsDeep(text: string, start: number): boolean {
  let dashes = 0;
  for (let i = start; text[i] === " " || text[i] === "-" || text[i] === "?"; i += 1) {
    if (text[i] !== " " && text[i + 1] === " ") dashes += 1;
  }
  return dashes > TEXT_LIMITS.depth;
}

function depthError(line: number): TextError {
  return {
    code: "text_too_deep",
    message: "the document is nested too deeply",
    allowed: `at most ${TEXT_LIMITS.depth} levels`,
    line,
    column: 1,
  };
}

function tooDeep(error: unknown): TextError {
  if (error instanceof RangeError) return depthError(1);
  throw error;
}

function textError(error: YAMLError, lines: LineCounter, text: string): TextError {
  const position = positionOf(error.pos[0], lines);
  const start = lines.lineStarts[position.line - 1] ?? 0;
  const end = text.indexOf("\n", start);
  // Some messages repeat the text. A password on the line must not come out with it.
  const isSecret = /password|secret/i.test(text.slice(start, end < 0 ? undefined : end));
  return { code: "yaml", message: `not readable as YAML${isSecret ? "" : `: ${error.message}`}`, ...position };
}

function positionOf(offset: number, lines: LineCounter): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

/** The plain value, or why there is none: too many aliases, too deep. */
function valueOf(document: Document.Parsed): { value: Json } | Omit<TextError, "line" | "column"> {
  if (depthOf(document.contents, 0) > TEXT_LIMITS.depth) return depthError(1);
  try {
    return { value: document.toJS({ maxAliasCount: TEXT_LIMITS.aliases }) as Json };
  } catch (error) {
    if (!(error instanceof ReferenceError || error instanceof RangeError)) throw error;
    return {
      code: "yaml_aliases",
      message: "the aliases of the document stand for too many values",
      allowed: `at most ${TEXT_LIMITS.aliases}`,
    };
  }
}

function depthOf(node: unknown, depth: number): number {
  if (depth > TEXT_LIMITS.depth || !isCollection(node)) return depth;
  let deepest = depth;
  for (const item of node.items) {
    const value = isPair(item) ? item.value : item;
    deepest = Math.max(deepest, depthOf(value, depth + 1));
  }
  return deepest;
}

function createDocument(document: Document.Parsed, value: Json, text: string, lines: LineCounter): TextDocument {
  return {
    value,
    locate: (path, at) => positionOf(offsetOf(document, path, at), lines),
    positionInText: (path, line, column) => {
      const node = nodeAt(document, path);
      const start = positionOf(offsetOf(document, path), lines);
      if (!isScalar(node) || node.type !== "BLOCK_LITERAL" || typeof node.value !== "string") return start;
      const outer = start.line + line;
      const innerText = node.value.split("\n", line)[line - 1] ?? "";
      const from = lines.lineStarts[outer - 1];
      if (from === undefined) return start;
      const end = text.indexOf("\n", from);
      const indent = text.slice(from, end < 0 ? undefined : end).indexOf(innerText);
      return { line: outer, column: column + Math.max(0, indent) };
    },
  };
}

function nodeAt(document: Document.Parsed, path: Path): unknown {
  let node: unknown = document.contents;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) node = node.items.find(({ key }) => keyText(key) === String(step))?.value;
    else if (isSeq(node)) node = node.items[Number(step)];
    else return undefined;
  }
  return node;
}

/** Where the value at the path starts, or its key, or what is nearest around it. */
function offsetOf(document: Document.Parsed, path: Path, at?: "key"): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const isLast = index === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => keyText(key) === String(step));
      if (pair === undefined) return offset;
      const keyOffset = startOf(pair.key) ?? offset;
      offset = isLast && at !== "key" ? (startOf(pair.value) ?? keyOffset) : keyOffset;
      node = pair.value;
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(step)];
      offset = startOf(item) ?? offset;
      node = item;
    } else return offset;
  }
  return offset;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : "";
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: readonly number[] | null } | null | undefined)?.range?.[0];
}
