// Exploring with the server: every step taken is asked for by its name, and the run on the page is what came back.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Goal, Page } from "../data";
import type { Live } from "../feed";
import { decode } from "../model/link";
import type { View } from "./context";

const WATCH_MS = 1000;

export interface Server {
  busy: boolean;
  take: (names: readonly string[], next: string) => void;
  find: (names: readonly string[], goal: Goal) => void;
  undo: () => void;
}

type Update<Value> = (change: (old: Value) => Value) => void;

export function useLive(live: Live | undefined, page: Page, setPage: Update<Page>, view: View, setView: Update<View>): Server {
  const [busy, setBusy] = useState(false);
  /** The runs before the last ones, as their names; undo goes back through them. */
  const past = useRef<string[][]>([]);
  const names = () => page.runs[0]!.steps.map((step) => step.name);

  const tell = (notice: string) => setView((old) => ({ ...old, notice }));

  /** Replaces the run by the one with these names; goes to its end, or to a position. */
  const show = async (wanted: readonly string[], position?: number) => {
    if (!live) return;
    setBusy(true);
    try {
      const played = await live.run(wanted);
      setPage((old) => ({ ...old, runs: [played.run] }));
      const at = Math.min(position ?? played.run.steps.length, played.run.steps.length);
      const notice = played.misfit && `Step ${played.misfit.step + 1} no longer fits: ${played.misfit.text}`;
      setView((old) => ({ ...old, run: 0, at, beside: undefined, notice }));
    } catch (error) {
      tell(String(error));
    } finally {
      setBusy(false);
    }
  };
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
  const latest = useRef({ names, at: view.at });
  latest.current = { names, at: view.at };
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
  };
}
