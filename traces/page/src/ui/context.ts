// What every part of the page shares: the data, the one cursor, and what can be done.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Goal, Page, Run } from "../data";
import type { Size } from "../model/cursor";
import type { Change, Replay, State } from "../model/replay";
import type { Notes } from "./store";

export const TABS = ["state", "diff", "next", "source", "references", "waits", "properties", "lifecycle"] as const;
export type Tab = (typeof TABS)[number];
export type Mode = "run" | "compare" | "graph";
export const PANES = ["why", "steps", "picture", "chart", "details"] as const;
export type Pane = (typeof PANES)[number];
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface View {
  run: number;
  /** Steps taken; 0 is the initial state. */
  at: number;
  entity?: number;
  pin?: number;
  tab: Tab;
  mode: Mode;
  /** Only shown where there is no room for all of them. */
  pane: Pane;
  size: Size;
  /** The run that this one is compared with. */
  other: number;
  query: string;
  /** A step beside the run: which of the enabled ones here. Files only; live, the run itself changes. */
  beside?: number;
  playing: boolean;
  /** The picture has the room of the tabs. */
  wide: boolean;
  /** Pixels of the screen for one of the picture; none: as much as fits. */
  zoom?: number;
  /** What repeats is listed in full. */
  unfolded?: boolean;
  /** Live: what the run is compared with, one of `Page.live.others`. */
  elsewhere?: string;
  dialog?: "help" | "export";
  /** Something that the reader has to know, until it is put away. */
  notice?: string;
}

export interface App {
  page: Page;
  run: Run;
  view: View;
  replay: Replay;
  /** The state at the cursor, or beside the run. */
  state: State;
  before: State;
  changes: Change[];
  changed: ReadonlySet<number>;
  matches: number[];
  /** The steps (from 0) that have to do with the outcome; none if all have. */
  relevant?: ReadonlySet<number>;
  live: boolean;
  busy: boolean;
  theme: Theme;
  /** Are character keys listened to? */
  keys: boolean;
  /** The replay of any run of the page. */
  replayOf: (run: number) => Replay;
  set: (patch: Partial<View>) => void;
  go: (position: number) => void;
  select: (entity: number | undefined) => void;
  take: (choice: number) => void;
  undo: () => void;
  find: (goal: Goal) => void;
  /** What the reader noted on the steps of this run. */
  notes: Notes;
  note: (position: number, text: string) => void;
  /** Live: shows the run beside how it goes elsewhere. */
  compare: (other: string) => void;
  /** Opens a trace file. */
  open: (file: File) => void;
  setTheme: (theme: Theme) => void;
  setKeys: (keys: boolean) => void;
  copy: (text: string, what: string) => void;
  link: () => string;
}

export const AppContext = createContext<App | undefined>(undefined);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("outside the page");
  return app;
}
