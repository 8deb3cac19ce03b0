// The page as a whole: it keeps the view, moves the cursor, and gives every part the same state to show.

import { h } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Goal, Page } from "../data";
import * as cursor from "../model/cursor";
import { stepSentence } from "../model/describe";
import { decode, encode, resolve, TRACE_BYTES_MAX, traceNames } from "../model/link";
import { Replay } from "../model/replay";
import type { Live } from "../feed";
import { LEFT_OUT } from "../tabs/next";
import { Compare } from "./compare";
import { AppContext, TABS, type App, type Tab, type Theme, type View } from "./context";
import { Details } from "./details";
import { Export, Help } from "./dialogs";
import { Graph } from "./graph";
import { Header } from "./header";
import { press } from "./keys";
import { useLive } from "./live";
import { Icon } from "./parts";
import { Scrubber } from "./scrubber";
import { Stage } from "./stage";
import { Steps } from "./steps";
import { keep, keepNotes, kept, keptNotes, NOTE_CHARS_MAX } from "./store";
import { Why } from "./why";

const PLAY_MS = 700;
/** Browsers limit how often the address may change. */
const ADDRESS_MS = 400;
/** Names that the address has at the most; a copied link has them all. */
const ADDRESS_NAMES_MAX = 300;

/** Where the page opens: where the link says, or at the end of the run, which is what was asked about. */
function opening(page: Page): View {
  const run = page.runs[0]!;
  const stuck = run.steps.some((step) => (step.cycle?.length ?? 0) > 0);
  const view: View = {
    run: 0, at: run.steps.length, tab: stuck ? "waits" : "source", mode: "run", pane: "why", size: 0,
    // what was asked for is compared with first
    other: [page.runs.findIndex((one) => one.scenario), run.why.goodRun ?? -1].find((index) => index > 0) ?? (page.runs.length > 1 ? 1 : 0), query: "", playing: false, wide: false,
  };
  return follow(page, view, location.hash);
}

/** The view that a link leads to. */
function follow(page: Page, view: View, hash: string): View {
  const link = decode(hash);
  if (!link) return view;
  const found = resolve(page.runs, link);
  const entity = page.runs[found.run]!.entities.findIndex((one) => `${one.kind} ${one.name}` === link.entity);
  return {
    ...view,
    run: found.run,
    at: found.position,
    entity: entity < 0 ? undefined : entity,
    tab: TABS.includes(link.tab as Tab) ? (link.tab as Tab) : view.tab,
    mode: link.mode === "compare" || link.mode === "graph" ? link.mode : "run",
    pin: link.pin === undefined ? undefined : cursor.clamp(page.runs[found.run]!, link.pin),
    beside: undefined,
    notice: found.stale,
  };
}

export function Root({ page: first, live }: { page: Page; live?: Live }) {
  const [page, setPage] = useState(first);
  const [view, setView] = useState<View>(() => opening(first));
  const [theme, setThemeState] = useState<Theme>(() => kept("theme", ["system", "light", "dark"]));
  const [keys, setKeysState] = useState(() => kept("keys", ["on", "off"]) === "on");
  const [said, setSaid] = useState("");
  const replays = useRef(new WeakMap<object, Replay>());
  const set = useCallback((patch: Partial<View>) => setView((old) => ({ ...old, ...patch })), []);
  const server = useLive(live, page, setPage, view, setView);

  const replayOf = useCallback((index: number): Replay => {
    const one = page.runs[index]!;
    let found = replays.current.get(one);
    if (!found) {
      found = new Replay(one, (one.properties ?? page.properties).length);
      replays.current.set(one, found);
    }
    return found;
  }, [page]);

  const run = page.runs[view.run] ?? page.runs[0]!;
  const at = cursor.clamp(run, view.at);
  const replay = replayOf(page.runs.indexOf(run));
  const moment = at === 0 ? run.start : run.steps[at - 1]!;
  const beside = view.beside === undefined ? undefined : moment.next?.enabled[view.beside];
  const here = replay.state(at);
  const state = useMemo(() => (beside?.writes ? replay.after(here, beside.writes) : here), [here, beside]);
  const before = useMemo(() => (beside?.writes ? here : replay.state(at - 1)), [here, beside]);
  const changes = useMemo(() => (at === 0 && !beside ? [] : replay.changes(before, state)), [before, state]);
  const changed = useMemo(() => new Set(changes.map((change) => change.entity)), [changes]);
  const matches = useMemo(() => cursor.search(run, view.query), [run, view.query]);

  const relevant = useMemo(() => (run.why.relevant.length < run.steps.length ? new Set(run.why.relevant) : undefined), [run]);

  const [notes, setNotes] = useState(() => ({ of: run.digest, kept: keptNotes(run.digest) }));
  if (notes.of !== run.digest) setNotes({ of: run.digest, kept: keptNotes(run.digest) });
  const note = (position: number, text: string) => {
    const { [position]: _, ...others } = notes.kept;
    const fresh = text === "" ? others : { ...others, [position]: text.slice(0, NOTE_CHARS_MAX) };
    setNotes({ of: run.digest, kept: fresh });
    keepNotes(run.digest, fresh);
  };
  const go = (position: number) => set({ at: cursor.clamp(run, position), beside: undefined });
  const names = () => run.steps.slice(0, at).map((step) => step.name);
  const take = (choice: number) => {
    const enabled = moment.next?.enabled[choice];
    if (!enabled) return;
    if (live && view.run > 0) set({ notice: "This run belongs to another scenario; take steps on the run of this one." });
    else if (live) server.take(names(), enabled.name);
    else if (enabled.taken) go(at + 1);
    else if (enabled.writes) set({ beside: choice });
    else set({ notice: LEFT_OUT });
  };
  const link = (short?: boolean) => {
    const entity = view.entity === undefined ? undefined : run.entities[view.entity];
    const fragment = encode({
      digest: run.digest, tab: view.tab, ...(short ? { names: [], position: at } : { names: names() }),
      ...(entity && { entity: `${entity.kind} ${entity.name}` }),
      ...(view.mode !== "run" && { mode: view.mode }),
      ...(view.pin !== undefined && { pin: view.pin }),
    });
    return `${location.href.replace(/#.*$/, "")}${fragment}`;
  };
  const copy = (text: string, what: string) => {
    void toClipboard(text).then((done) => setSaid(done ? `Copied ${what}.` : `Could not copy ${what}: the browser did not allow it.`));
  };
  const setTheme = (next: Theme) => { setThemeState(next); keep("theme", next); };
  const setKeys = (next: boolean) => { setKeysState(next); keep("keys", next ? "on" : "off"); };
  const find = (goal: Goal) => server.find(names(), goal);
  const undo = () => (live && view.beside === undefined ? server.undo() : set({ beside: undefined }));
  const compare = (other: string) => server.compare(page.runs[0]!.steps.map((step) => step.name), other);
  /** The server reads a trace as the command does; a file can only look for its steps in the runs that it has. */
  const open = async (file: File) => {
    if (file.size > TRACE_BYTES_MAX) return set({ notice: `${file.name} is not opened: it is too large for a trace.` });
    if (live) return server.open(file);
    const wanted = traceNames(await file.text());
    if (!wanted) return set({ notice: `${file.name} is not opened: it is not a trace that Rundown writes.` });
    const found = resolve(page.runs, { digest: "", names: wanted }, "trace");
    const whole = found.position === wanted.length && page.runs[found.run]!.steps.length === wanted.length;
    set({ run: found.run, at: found.position, entity: undefined, pin: undefined, beside: undefined, notice: whole ? undefined : found.stale });
  };
  const app: App = {
    page, run, view: { ...view, at }, replay, state, before, changes, changed, matches, ...(relevant && { relevant }), live: live !== undefined, busy: server.busy, theme, keys,
    replayOf, set, go, select: (entity) => set({ entity }), take, undo, find, notes: notes.kept, note, compare, open: (file) => void open(file), setTheme, setKeys, copy, link,
  };

  const current = useRef(app);
  current.current = app;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (press(current.current, event)) event.preventDefault();
    };
    const jump = () => !live && setView((old) => follow(current.current.page, old, location.hash));
    // a trace that is dropped anywhere is opened, and nothing else is made of it
    const over = (event: DragEvent) => event.preventDefault();
    const drop = (event: DragEvent) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) current.current.open(file);
    };
    document.addEventListener("dragover", over);
    document.addEventListener("drop", drop);
    document.addEventListener("keydown", listen);
    window.addEventListener("hashchange", jump);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("drop", drop);
      document.removeEventListener("keydown", listen);
      window.removeEventListener("hashchange", jump);
    };
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => history.replaceState(null, "", link(!live && at > ADDRESS_NAMES_MAX)), ADDRESS_MS);
    return () => clearTimeout(timer);
  }, [view.run, at, view.entity, view.tab, view.mode, view.pin, run]);
  useEffect(() => {
    document.documentElement.style.colorScheme = theme === "system" ? "light dark" : theme;
  }, [theme]);
  useEffect(() => setSaid(""), [at]);
  useEffect(() => {
    if (!view.playing) return;
    if (at >= run.steps.length) {
      set({ playing: false });
      return;
    }
    const timer = setTimeout(() => go(cursor.move(run, at, 1, view.size)), PLAY_MS);
    return () => clearTimeout(timer);
  }, [view.playing, at]);

  return (
    <AppContext.Provider value={app}>
      <div class="page" data-pane={view.pane} data-mode={view.mode} data-wide={view.wide}>
        <Header />
        {view.notice !== undefined && (
          <div class="notice" role="alert">
            <p>{view.notice}</p>
            <button class="plain" aria-label="Put away" onClick={() => set({ notice: undefined })}><Icon name="close" /></button>
          </div>
        )}
        <main>
          <div class="left"><Why /><Steps /></div>
          {view.mode === "run" && <Stage />}
          {view.mode === "compare" && <Compare />}
          {view.mode === "graph" && <Graph />}
          <Details />
        </main>
        <Scrubber />
        <p class="hidden" aria-live="polite" role="status">{said || (beside ? `Beside the run: ${beside.who}, ${beside.text}` : stepSentence(run, at))}</p>
        {said && <p class="toast" aria-hidden="true">{said}</p>}
        {view.dialog === "help" && <Help />}
        {view.dialog === "export" && <Export />}
      </div>
    </AppContext.Provider>
  );
}

/** A page opened from disk may lack the clipboard's newer half; the older one still works there. */
async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "out-of-sight";
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
