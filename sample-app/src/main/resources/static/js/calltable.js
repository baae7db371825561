// The waterfall as a table
import { element } from "./dom.js";
import { outcomeOf, shownFor } from "./wording.js";

const COLUMNS = ["Service", "Asked, ms", "Started, ms", "Ended, ms", "Took, ms", "Outcome", "Thread", "On the page"];

export function drawTable(target, title, waterfall) {
  const head = element("tr", {}, ...COLUMNS.map((column) => element("th", { scope: "col", textContent: column })));
  const rows = waterfall.calls.map((call) => element("tr", {},
    element("th", { scope: "row", textContent: call.name }),
    number(call.asked), number(call.started), number(call.ended),
    number(call.ended === null ? null : call.ended - call.asked),
    cell(outcomeOf(call)), cell(call.thread ?? "–"), cell(shownFor(call, waterfall.page))));
  target.replaceChildren(element("table", {},
    element("caption", { className: "visually-hidden", textContent: title }),
    element("thead", {}, head), element("tbody", {}, ...rows)));
}

const cell = (textContent) => element("td", { textContent });

const number = (value) => element("td", { className: "number", textContent: value === null ? "–" : value.toFixed(1) });
