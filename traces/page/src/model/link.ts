// The link to the exact view: which run (its digest), the names of the events up to the cursor, and what was looked at.
//
// The names are what makes a link survive a changed scenario: the page finds the run that agrees with them longest, goes as far
// as they fit, and says which one no longer does. A name that occurred before is written as its number.

import type { Run } from "../data";

export interface Link {
  digest: string;
  /** The names of the steps before the cursor; the cursor stands behind the last. */
  names: string[];
  /** In place of the names, for the address line of a long run: good for the very same run only. */
  position?: number;
  /** The names of what is selected, as `Target.entity`; names survive a new layout. */
  entity?: string;
  tab?: string;
  mode?: string;
  pin?: number;
  /** What cannot be read of it; the rest is used. */
  damaged?: boolean;
}

const SEPARATOR = "~";

function packNames(names: readonly string[]): string {
  const seen = new Map<string, number>();
  return names
    .map((name) => {
      const known = seen.get(name);
      if (known !== undefined) return String(known);
      seen.set(name, seen.size);
      // a name made of digits alone would be read as a number
      const safe = encodeURIComponent(name).replaceAll(SEPARATOR, "%7E");
      return /^\d+$/.test(safe) ? `%3${safe[0]}${safe.slice(1)}` : safe;
    })
    .join(SEPARATOR);
}

function unpackNames(text: string): string[] | undefined {
  if (text === "") return [];
  const seen: string[] = [];
  const names: string[] = [];
  for (const part of text.split(SEPARATOR)) {
    if (/^\d+$/.test(part)) {
      const known = seen[Number(part)];
      if (known === undefined) return undefined;
      names.push(known);
      continue;
    }
    try {
      const name = decodeURIComponent(part);
      seen.push(name);
      names.push(name);
    } catch {
      return undefined;
    }
  }
  return names;
}

export function encode(link: Link): string {
  const parts = [`d=${encodeURIComponent(link.digest)}`];
  if (link.entity !== undefined) parts.push(`e=${encodeURIComponent(link.entity)}`);
  if (link.tab !== undefined) parts.push(`t=${encodeURIComponent(link.tab)}`);
  if (link.mode !== undefined) parts.push(`m=${encodeURIComponent(link.mode)}`);
  if (link.pin !== undefined) parts.push(`p=${link.pin}`);
  if (link.position !== undefined) parts.push(`s=${link.position}`);
  // the names come last: a link that was cut off loses steps, not the view
  parts.push(`n=${packNames(link.names)}`);
  return `#${parts.join("&")}`;
}

export function decode(fragment: string): Link | undefined {
  const text = fragment.replace(/^#/, "");
  if (text === "") return undefined;
  const link: Link = { digest: "", names: [] };
  for (const part of text.split("&")) {
    const cut = part.indexOf("=");
    const key = part.slice(0, cut);
    let value: string;
    try {
      value = key === "n" ? part.slice(cut + 1) : decodeURIComponent(part.slice(cut + 1));
    } catch {
      link.damaged = true;
      continue;
    }
    if (cut < 0) link.damaged = true;
    else if (key === "d") link.digest = value;
    else if (key === "e") link.entity = value;
    else if (key === "t") link.tab = value;
    else if (key === "m") link.mode = value;
    else if (key === "s" && /^\d+$/.test(value)) link.position = Number(value);
    else if (key === "p" && /^\d+$/.test(value)) link.pin = Number(value);
    else if (key === "n") {
      const names = unpackNames(value);
      if (names) link.names = names;
      else link.damaged = true;
    }
  }
  return link;
}

export interface Resolved {
  run: number;
  /** The position that the link leads to. */
  position: number;
  /** Set if the link does not fit: what to tell the reader. */
  stale?: string;
}

function agree(run: Run, names: readonly string[]): number {
  let count = 0;
  while (count < names.length && run.steps[count]?.name === names[count]) count++;
  return count;
}

/** Finds the place in the runs that are there; never shows another run silently. */
export function resolve(runs: readonly Run[], link: Link, what = "link"): Resolved {
  const exact = runs.findIndex((run) => run.digest === link.digest);
  if (link.position !== undefined) {
    if (exact >= 0) return { run: exact, position: Math.min(link.position, runs[exact]!.steps.length) };
    return { run: 0, position: runs[0]?.steps.length ?? 0, stale: "This address belongs to another run and has no names of steps to follow; here is the run of this page." };
  }
  if (exact >= 0 && !link.damaged && agree(runs[exact]!, link.names) === link.names.length) {
    return { run: exact, position: link.names.length };
  }
  let best = { run: Math.max(exact, 0), position: exact >= 0 ? agree(runs[exact]!, link.names) : -1 };
  runs.forEach((run, index) => {
    const count = agree(run, link.names);
    if (count > best.position) best = { run: index, position: count };
  });
  const position = Math.max(best.position, 0);
  return { run: best.run, position, stale: staleText(runs[best.run], link, position, what) };
}

function staleText(run: Run | undefined, link: Link, position: number, what: string): string {
  if (link.damaged) return `This ${what} is damaged; what could be read of it is shown.`;
  const other = `This ${what} was made for another run${link.digest ? ` (${link.digest.slice(0, 8)})` : ""}.`;
  const wanted = link.names[position];
  if (wanted === undefined) return `${other} All its ${position} steps fit here too.`;
  const here = run?.steps[position]?.name;
  const before = position === 0 ? "Already its first step" : `Its first ${position} steps fit; step ${position + 1}`;
  return `${other} ${before}, ${wanted}, does not: ${here === undefined ? "this run ends there" : `here step ${position + 1} is ${here}`}.`;
}

/** Bytes of a trace file and steps in it, at the most: as the command reads them. */
export const TRACE_BYTES_MAX = 8 * 1024 * 1024;
const TRACE_STEPS_MAX = 20_000;
const NAME_CHARS_MAX = 200;

/** The names of the steps of a trace file, ours or ITF; none if it is no such file. */
export function traceNames(text: string): string[] | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  const field = (value: unknown, name: string): unknown =>
    typeof value === "object" && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
  const steps = field(field(read, "rundown") ?? read, "steps");
  if (!Array.isArray(steps) || steps.length > TRACE_STEPS_MAX) return undefined;
  const names = steps.map((step) => field(step, "text"));
  return names.every((name): name is string => typeof name === "string" && name.length <= NAME_CHARS_MAX) ? names : undefined;
}
