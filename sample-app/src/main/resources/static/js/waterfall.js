// The bars of one way to make the page, and the same as words for those who do not see them
import { element } from "./dom.js";
import { millis, outcomeOf, seconds, shownFor } from "./wording.js";

export function drawWaterfall(target, waterfall, scale, deadline) {
  const rows = waterfall.calls.map((call) => row(call, waterfall, scale));
  target.replaceChildren(axis(scale), grid(scale, deadline), ...rows);
  target.setAttribute("aria-label", inWords(waterfall));
}

function axis(scale) {
  const labels = scale.ticks.map((tick) => {
    const label = element("span", { textContent: tick < 1000 ? `${tick}` : `${tick / 1000} s` });
    label.style.left = scale.percent(tick);
    return label;
  });
  labels[0].textContent = "0 ms";
  return element("div", { className: "axis" }, ...labels);
}

function grid(scale, deadline) {
  const lines = scale.ticks.map((tick) => line("tick", tick, scale));
  if (deadline && deadline <= scale.end) {
    const label = element("b", { textContent: "deadline" });
    label.style.left = scale.percent(deadline);
    lines.push(line("deadline", deadline, scale), label);
  }
  return element("div", { className: "grid" }, ...lines);
}

function line(className, time, scale) {
  const drawn = element("i", { className });
  drawn.style.left = scale.percent(time);
  return drawn;
}

function row(call, waterfall, scale) {
  const end = call.ended ?? waterfall.millis;
  const bar = element("div", { className: "bar" });
  bar.style.left = scale.percent(call.asked);
  bar.style.width = scale.percent(end - call.asked);
  return element("div", { className: `call ${kindOf(call)}` },
    element("div", { className: "name", textContent: call.name }),
    element("div", { className: "track" }, bar),
    element("div", { className: "note" },
      element("b", { textContent: outcomeOf(call) }),
      ` ${call.outcome === "REJECTED" ? "at once" : `in ${millis(end - call.asked)}`}, on ${call.thread ?? "no thread"}`,
      element("br"),
      shownFor(call, waterfall.page)));
}

const kindOf = (call) => call.outcome?.toLowerCase() ?? "open";

function inWords(waterfall) {
  const calls = waterfall.calls.map((call) =>
    `${call.name} ${outcomeOf(call)}, from ${Math.round(call.asked)} to ${millis(call.ended ?? waterfall.millis)}`);
  return `Waterfall, ${seconds(waterfall.millis)} in all: ${calls.join("; ")}`;
}
