// One of the two ways: its time, its waterfall, its table
import { drawTable } from "./calltable.js";
import { byId, element } from "./dom.js";
import { drawWaterfall } from "./waterfall.js";
import { seconds } from "./wording.js";

export class Lane {
  constructor(id, path) {
    this.path = path;
    this.root = byId(id);
    this.title = this.part("h3").textContent;
  }

  part(selector) {
    return this.root.querySelector(selector);
  }

  begin() {
    this.root.setAttribute("aria-busy", "true");
  }

  end() {
    this.root.removeAttribute("aria-busy");
  }

  draw(waterfall, scale, deadline) {
    const [number, unit] = seconds(waterfall.millis).split(" ");
    this.part(".total").replaceChildren(number, element("small", { textContent: ` ${unit}` }));
    drawWaterfall(this.part(".waterfall"), waterfall, scale, deadline);
    drawTable(this.part("details .scroll"), `Calls, ${this.title.toLowerCase()}`, waterfall);
    this.part(".caller").textContent = waterfall.page
      ? `The caller waited on ${waterfall.thread}.`
      : `The caller waited on ${waterfall.thread}. It has no page: ${waterfall.problem}.`;
    this.say(waterfall.message ?? waterfall.calls.find((call) => call.message)?.message);
  }

  say(message) {
    const details = this.part(".message");
    details.hidden = !message;
    details.querySelector("p").textContent = message ?? "";
  }
}
