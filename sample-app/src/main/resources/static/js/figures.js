// The figures of the loop, read again and again while somebody looks
import { Chart, SAMPLES } from "./chart.js";
import { byId, element } from "./dom.js";
import { read } from "./readings.js";

const INTERVAL = 60_000 / SAMPLES;

const CARDS = [
  card("Tasks in flight", (now) => now.tasks, (now) => ` of ${now.limit}`),
  card("Lag", (now) => now.lag, () => " ms"),
  card("Busy", (now) => now.busy, () => " %"),
  card("Connections in use", (now) => now.active, (now) => `, ${now.idle} idle`),
  card("Refused", (now) => now.rejected, () => " tasks", true),
  card("Timed out", (now) => now.timeout, () => " tasks", true),
];

const note = byId("figures-note");
const pause = byId("pause");

let previous = null;

export function startFigures() {
  byId("figures").append(...CARDS.map((each) => each.root));
  pause.addEventListener("click", () => pause.setAttribute("aria-pressed", `${!paused()}`));
  void look();
}

const paused = () => pause.getAttribute("aria-pressed") === "true";

async function look() {
  if (!paused() && !document.hidden) {
    try {
      const now = await read();
      CARDS.forEach((each) => each.show(now, previous ?? now));
      previous = now;
      note.textContent = "";
    }
    catch (error) {
      note.textContent = `No figures: ${error.message}`;
    }
  }
  setTimeout(look, INTERVAL);
}

function card(title, value, unit, counted = false) {
  const chart = new Chart(title, counted);
  const number = element("span", { textContent: "–" });
  const small = element("small");
  return {
    root: element("div", {}, element("dt", { textContent: title }), element("dd", {}, number, small, chart.svg)),
    show(now, before) {
      number.textContent = `${value(now)}`;
      small.textContent = unit(now);
      chart.add(counted ? value(now) - value(before) : value(now));
    },
  };
}
