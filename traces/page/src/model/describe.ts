// The pictures in words: what a screen reader is told, and what `as text` shows in their place.

import type { Run } from "../data";
import type { Life, Replay, State } from "./replay";

/** The names of the phases and lifes that are not simply there. */
const LIFE_WORDS: Record<Life, string> = { later: "not yet there", here: "", gone: "gone" };

export interface Item {
  entity: number;
  text: string;
  changed: boolean;
  children: Item[];
}

/** Phases that go without saying. */
const ORDINARY: ReadonlySet<string> = new Set(["Running", "Alive", "Connected", "Live", "Open", "Loaded", "Registered", "Free", "Held"]);

/** What an entity's fields say, without those that say nothing. `whole`: for a text; else what there is room for in a box. */
export function brief(replay: Replay, state: State, entity: number, whole: boolean): string {
  const one = replay.run.entities[entity]!;
  const phased = one.lifecycle !== undefined;
  const parts: string[] = [];
  one.fields.forEach((field, index) => {
    const value = replay.text(state, entity, index);
    if (field === "value") parts.push(`= ${value}`);
    else if (value === "" || value === "0" || value === "no" || value === "Absent") return;
    else if (phased && index === 0) {
      if (whole || !ORDINARY.has(value)) parts.push(value);
    } else if (whole || !phased || (one.kind !== "apartment" && /^\d+$/.test(value))) parts.push(`${field} ${value}`);
    else if (value === "yes") parts.push(field);
    else if (field === "stack") parts.push(value.startsWith(`${one.label} `) ? value.slice(one.label.length + 1) : value);
  });
  return parts.join(", ");
}

/** The headline without the property's name, which stands in the head line of the page. */
export function headline(run: Run): string {
  return run.headline.startsWith(`${run.property}: `) ? run.headline.slice(run.property.length + 2) : run.headline;
}

/** Everything that has a box, nested as it is drawn; what comes later is left out. */
export function pictureItems(replay: Replay, state: State, changed: ReadonlySet<number>): Item[] {
  const run = replay.run;
  const items = run.entities.map((entity, index): Item => {
    const life = LIFE_WORDS[replay.life(state, index)];
    const to = entity.to === undefined ? "" : `, leads to ${run.entities[entity.to]?.name ?? "nothing"}`;
    const detail = life || `${brief(replay, state, index, true)}${to}`;
    const text = `${entity.kind} ${entity.name}${detail ? `: ${detail}` : ""}`;
    return { entity: index, text, changed: changed.has(index), children: [] };
  });
  const roots: Item[] = [];
  run.entities.forEach((entity, index) => {
    if (replay.life(state, index) === "later" || entity.w === 0) return;
    const parent = entity.parent === undefined ? undefined : items[entity.parent];
    (parent?.children ?? roots).push(items[index]!);
  });
  return roots;
}

/** One sentence about the picture. */
export function pictureSummary(replay: Replay, state: State, changed: ReadonlySet<number>): string {
  const run = replay.run;
  const here = run.entities.filter((entity, index) => entity.w > 0 && replay.life(state, index) === "here");
  const counts = new Map<string, number>();
  for (const entity of here) counts.set(entity.kind, (counts.get(entity.kind) ?? 0) + 1);
  const parts = [...counts].map(([kind, count]) => `${count} ${count === 1 ? kind : plural(kind)}`);
  const names = [...changed].map((index) => run.entities[index]!.name);
  const changes = names.length === 0 ? "Nothing changed in this step." : `Changed in this step: ${names.join(", ")}.`;
  return `Picture after step ${state.position}: ${parts.join(", ")}. ${changes}`;
}

export function plural(word: string): string {
  if (word === "process" || word === "class") return `${word}es`;
  return word === "proxy" ? "proxies" : `${word}s`;
}

/** What a live region says when the cursor moves. */
export function stepSentence(run: Run, position: number): string {
  if (position === 0) return "Start: nothing has happened yet.";
  const step = run.steps[position - 1]!;
  const effect = step.effect ? `: ${step.effect}` : "";
  const end = position === run.steps.length ? ` End of the run: ${run.headline}` : "";
  return `Step ${position} of ${run.steps.length}. ${step.who}, ${step.text}${effect}.${end}`;
}

/** The chart around the cursor. */
export function chartSummary(run: Run, state: State): string {
  const blocked = run.threads.flatMap((thread, index) =>
    state.blocked[index] ? [`${thread.name} is blocked: ${state.blocked[index]}`] : [],
  );
  const standing = blocked.length === 0 ? "No thread is blocked." : `${blocked.join("; ")}.`;
  return `Sequence of ${run.steps.length} steps on ${run.threads.length} threads, after step ${state.position}. ${standing}`;
}

/** The graph of waits. */
export function waitsSummary(run: Run, state: State): string {
  if (state.waits.length === 0) return "Nobody waits for anybody.";
  const name = (thread: number) => run.threads[thread]?.name ?? "?";
  const edges = state.waits.map((wait) =>
    wait.to.length === 0
      ? `${name(wait.from)} ${wait.text}, which nobody can bring about`
      : `${name(wait.from)} ${wait.text}: ${wait.to.map(name).join(" or ")}`,
  );
  const cycle = state.cycle.length > 0 ? ` A cycle: ${state.cycle.map(name).join(", ")}.` : "";
  return `${edges.join(". ")}.${cycle}`;
}
