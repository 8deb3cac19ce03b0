// Exploring with the server: every step taken is asked for by its name, and the run on the page is what came back.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Goal, Page, Played } from "../data";
import type { Live } from "../feed";
import { decode } from "../model/link";
import type { View } from "./context";

const WATCH_MS = 1000;

export interface Server {
  busy: boolean;
  take: (names: readonly string[], next: string) => void;
  find: (names: readonly string[], goal: Goal) => void;
  undo: () => void;
  compare: (names: readonly string[], other: string) => void;
  open: (file: File) => void;
}

type Update<Value> = (change: (old: Value) => Value) => void;

export function useLive(live: Live | undefined, page: Page, setPage: Update<Page>, view: View, setView: Update<View>): Server {
  const [busy, setBusy] = useState(false);
  /** The runs before the last ones, as their names; undo goes back through them. */
  const past = useRef<string[][]>([]);
  const names = () => page.runs[0]!.steps.map((step) => step.name);

  const tell = (notice: string) => setView((old) => ({ ...old, notice }));

  /** Works, and says what goes wrong. */
  const work = async (ask: () => Promise<void>) => {
    setBusy(true);
    try {
      await ask();
    } catch (error) {
      tell(String(error));
    } finally {
      setBusy(false);
    }
  };

  /** Puts a run that was played on the page; goes to its end, or to a position. */
  const put = async (played: Played, position?: number, note?: string) => {
    setPage((old) => ({ ...old, runs: [played.run] }));
    const at = Math.min(position ?? played.run.steps.length, played.run.steps.length);
    const misfit = played.misfit && `Step ${played.misfit.step + 1} no longer fits: ${played.misfit.text}`;
    const notice = [note, misfit].filter(Boolean).join(" ") || undefined;
    setView((old) => ({ ...old, run: 0, other: 1, at, beside: undefined, notice }));
    const { elsewhere } = latest.current;
    if (elsewhere !== undefined) await beside(played.run.steps.map((step) => step.name), elsewhere);
  };

  /** Fetches how a run goes elsewhere. */
  const beside = async (wanted: readonly string[], other: string) => {
    const found = await live!.compare(wanted, other);
    if ("error" in found) tell(found.error);
    else setPage((old) => ({ ...old, runs: [old.runs[0]!, found.run] }));
  };

  /** Replaces the run by the one with these names. */
  const show = (wanted: readonly string[], position?: number) => work(async () => {
    if (live) await put(await live.run(wanted), position);
  });
  const remember = () => {
    past.current.push(names());
    // enough to go back a long way, and bounded
    if (past.current.length > 500) past.current.shift();
  };

  useEffect(() => {
    if (!live) return;
    const follow = () => {
      const wanted = decode(location.hash)?.names ?? [];
      if (wanted.length > 0) void show(wanted);
    };
    follow();
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);

  // the file is watched by the server; when it changed, the same names are played again and the place is kept
  const latest = useRef({ names, at: view.at, elsewhere: view.elsewhere });
  latest.current = { names, at: view.at, elsewhere: view.elsewhere };
  useEffect(() => {
    if (!live) return;
    let version = page.live?.version;
    const timer = setInterval(() => {
      live.version().then(async (seen) => {
        if (seen.version === version) return;
        version = seen.version;
        if (seen.error !== undefined) {
          tell(`The scenario changed and does not compile: ${seen.error}`);
          return;
        }
        const { names: before, at } = latest.current;
        const wanted = before();
        const fresh = await live.page();
        setPage((old) => ({ ...fresh, runs: old.runs }));
        await show(wanted, at);
      }, () => tell("The server does not answer; is it still running?"));
    }, WATCH_MS);
    return () => clearInterval(timer);
  }, []);

  return {
    busy,
    take: (before, next) => {
      remember();
      void show([...before, next]);
    },
    find: (before, goal) => {
      if (!live) return;
      setBusy(true);
      live.find(before, goal).then(
        (found) => {
          setBusy(false);
          if ("names" in found) {
            remember();
            void show(found.names);
          } else {
            tell("error" in found ? found.error : `No state like that can be reached from here (${found.states.toLocaleString("en")} states were looked at).`);
          }
        },
        (error: unknown) => {
          setBusy(false);
          tell(String(error));
        },
      );
    },
    undo: () => {
      const before = past.current.pop();
      if (before) void show(before);
    },
    compare: (wanted, other) => {
      setView((old) => ({ ...old, elsewhere: other || undefined, other: 1 }));
      if (other) void work(() => beside(wanted, other));
      else setPage((old) => ({ ...old, runs: old.runs.slice(0, 1) }));
    },
    open: (file) => void work(async () => {
      const opened = await live!.open(file);
      if ("error" in opened) tell(`${file.name} is not opened: ${opened.error}`);
      else {
        remember();
        await put(opened, undefined, opened.note);
      }
    }),
  };
}
