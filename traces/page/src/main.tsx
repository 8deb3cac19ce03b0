// Starts the page: unpacks the data, and shows it or says why not.

import { h, render } from "preact";
import { feed } from "./feed";
import { Root } from "./ui/app";
import "./page.css";

async function start(): Promise<void> {
  let place = document.getElementById("page");
  if (!place) {
    place = document.createElement("div");
    place.id = "page";
    document.body.prepend(place);
  }
  try {
    const { page, live } = await feed();
    if (page.runs.length === 0) throw new Error("there is no run in it");
    render(<Root page={page} {...(live && { live })} />, place);
    performance.mark("shown");
    // from here on the story in the file is for print
    document.documentElement.classList.add("app");
  } catch (error) {
    render(<p role="alert">This page cannot show its run: {error instanceof Error ? error.message : String(error)}</p>, place);
  }
}

void start();
