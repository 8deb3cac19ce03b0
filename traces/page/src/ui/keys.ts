// Every key with what it does. The cheat sheet is this table; nothing else listens to keys.

import * as cursor from "../model/cursor";
import type { Run } from "../data";
import type { App, Tab } from "./context";
import { PANES, THEMES } from "./context";

export interface Key {
  keys: readonly string[];
  /** What the cheat sheet prints in place of the keys. */
  shown?: string;
  about: string;
  group: "Move" | "Look" | "Tabs" | "Page";
  run: (app: App, key: string) => void;
}

function focusRegion(direction: 1 | -1): void {
  const regions = [...PANES, "scrubber"].map((pane) => document.getElementById(`pane-${pane}`)).filter((one) => one !== null && one.offsetParent !== null) as HTMLElement[];
  const current = regions.findIndex((one) => one.contains(document.activeElement));
  regions[(current + direction + regions.length) % regions.length]?.focus();
}

/** A scale one size larger or smaller. */
export function zoomed(scale: number, direction: 1 | -1): number {
  return Math.max(0.3, Math.min(3, Math.round(scale * (direction > 0 ? 1.25 : 0.8) * 100) / 100));
}

/** What the picture is drawn at: its width on the screen tells. */
function zoom(app: App, direction: 1 | -1): void {
  const drawn = document.querySelector(".stage svg.picture")?.getAttribute("width");
  app.set({ zoom: zoomed(app.view.zoom ?? Number(drawn ?? app.run.picture.width) / app.run.picture.width, direction) });
}

type To = (run: Run, position: number) => number;

const key = (group: Key["group"], one: string, about: string, run: (app: App) => void): Key => ({ keys: [one], about, group, run });

/** Keys that move the cursor. */
const move = (one: string, about: string, to: To) => key("Move", one, about, (app) => app.go(to(app.run, app.view.at)));
/** One step of the chosen size. */
const step = (keys: string[], about: string, direction: 1 | -1, shown: string): Key => ({
  keys, about, shown, group: "Move", run: (app) => app.go(cursor.move(app.run, app.view.at, direction, app.view.size)),
});
/** To where the selection changes. */
const change = (one: string, about: string, direction: 1 | -1) => key("Move", one, about, (app) =>
  app.go(cursor.change(app.run, app.view.at, direction, new Set(app.view.entity === undefined ? [] : [app.view.entity]))));
const tab = (one: string, name: Tab, about: string) => key("Tabs", one, about, (app) => app.set({ tab: name, pane: "details", wide: false }));
const toggle = (app: App, mode: "compare" | "graph") => app.set({ mode: app.view.mode === mode ? "run" : mode, pane: "picture" });
const match = (direction: 1 | -1) => (app: App) => {
  const found = cursor.match(app.matches, app.view.at, direction);
  if (found !== undefined) app.go(found);
};

export const KEYS: readonly Key[] = [
  step(["j", "ArrowDown", "ArrowRight"], "one step on", 1, "j \u2193 \u2192"),
  step(["k", "ArrowUp", "ArrowLeft"], "one step back", -1, "k \u2191 \u2190"),
  move("J", "next step of the same thread", (run, at) => cursor.sameThread(run, at, 1)),
  move("K", "previous step of the same thread", (run, at) => cursor.sameThread(run, at, -1)),
  move("}", "next call boundary", (run, at) => cursor.callBoundary(run, at, 1)),
  move("{", "previous call boundary", (run, at) => cursor.callBoundary(run, at, -1)),
  change("]", "next change of the selection", 1),
  change("[", "previous change of the selection", -1),
  move(".", "next relevant step", (run, at) => cursor.relevant(run, at, 1)),
  move(",", "previous relevant step", (run, at) => cursor.relevant(run, at, -1)),
  move("Home", "start", () => 0),
  move("End", "end", (run) => run.steps.length),
  move("e", "the violation", cursor.violation),
  { keys: [" "], shown: "space", about: "play, stop", group: "Move", run: (app) => app.set({ playing: !app.view.playing }) },
  { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], shown: "1 \u2026 9", about: "take what can happen here", group: "Move", run: (app, key) => app.take(Number(key) - 1) },
  key("Move", "u", "undo; back to the run", (app) => app.undo()),
  key("Look", "z", "size of a step: call, message, atomic", (app) => app.set({ size: (((app.view.size + 2) % 3) as cursor.Size) })),
  key("Look", "p", "pin this step", (app) => app.set({ pin: app.view.pin === app.view.at ? undefined : app.view.at })),
  key("Look", "/", "search", (app) => { app.set({ pane: "steps" }); requestAnimationFrame(() => document.getElementById("search")?.focus()); }),
  key("Look", "m", "note on this step", (app) => { app.set({ pane: "steps" }); requestAnimationFrame(() => document.getElementById("note")?.focus()); }),
  key("Look", "n", "next match", match(1)),
  key("Look", "N", "previous match", match(-1)),
  key("Look", "c", "compare two runs", (app) => toggle(app, "compare")),
  key("Look", "b", "broad picture, without the tabs", (app) => app.set({ wide: !app.view.wide })),
  { keys: ["+", "-", "0"], shown: "+ - 0", about: "picture larger, smaller, as wide as the pane", group: "Look", run: (app, key) => (key === "0" ? app.set({ zoom: undefined }) : zoom(app, key === "+" ? 1 : -1)) },
  key("Look", "o", "fold or unfold steps that repeat", (app) => app.set({ unfolded: !app.view.unfolded })),
  key("Look", "g", "graph around the run", (app) => toggle(app, "graph")),
  tab("v", "state", "State"),
  tab("d", "diff", "Diff"),
  tab("f", "next", "Next: what can follow"),
  tab("s", "source", "Source"),
  tab("r", "references", "References"),
  tab("w", "waits", "Waits"),
  tab("i", "properties", "Properties: is it true here"),
  tab("l", "lifecycle", "Lifecycle"),
  key("Page", "y", "copy a link to this view", (app) => app.copy(app.link(), "the link")),
  key("Page", "x", "copy, export", (app) => app.set({ dialog: "export" })),
  key("Page", "t", "dark, light", (app) => app.setTheme(THEMES[(THEMES.indexOf(app.theme) + 1) % THEMES.length]!)),
  key("Page", "?", "this sheet", (app) => app.set({ dialog: "help" })),
  { keys: ["F6"], shown: "F6, shift F6", about: "next region, previous region", group: "Page", run: () => undefined },
  { keys: ["Escape"], shown: "Esc", about: "back", group: "Page", run: (app) => back(app) },
];

function back(app: App): void {
  const { view } = app;
  if (view.playing) app.set({ playing: false });
  else if (view.notice !== undefined) app.set({ notice: undefined });
  else if (view.beside !== undefined) app.undo();
  else if (view.mode !== "run") app.set({ mode: "run" });
  else if (view.entity !== undefined) app.select(undefined);
}

const BY_KEY: ReadonlyMap<string, Key> = new Map(KEYS.flatMap((one) => one.keys.map((key) => [key, one] as const)));

/** Elements that use the keys themselves. */
function usesKeys(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLInputElement) return target.type !== "range" || (key.length > 1 && key !== "Escape");
  const role = target.getAttribute("role");
  if (role === "tab" && (key.startsWith("Arrow") || key === "Home" || key === "End")) return true;
  return key === " " && target.closest("button, summary, a") !== null;
}

/** Listens to a key; returns whether it was used. Character keys can be switched off, the named ones stay. */
export function press(app: App, event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.altKey || event.metaKey) return false;
  if (event.key === "F6") {
    focusRegion(event.shiftKey ? -1 : 1);
    return true;
  }
  if (app.view.dialog || usesKeys(event.target, event.key)) {
    // leaving a field keeps what was typed into it, so that n and N go on from there
    if (app.view.dialog || event.key !== "Escape" || !(event.target instanceof HTMLElement)) return false;
    event.target.blur();
    return true;
  }
  if (!app.keys && event.key.length === 1) return false;
  const found = BY_KEY.get(event.key);
  if (!found) return false;
  found.run(app, event.key);
  return true;
}
