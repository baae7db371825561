// The same page, made in both ways at the same time
import { byId, onPress } from "./dom.js";
import { currentDeadline } from "./deadline.js";
import { get } from "./http.js";
import { Lane } from "./lane.js";
import { scaleFor } from "./scale.js";
import { missingFrom, seconds } from "./wording.js";

const PRODUCT = "products/7";

const sequential = new Lane("sequential", `${PRODUCT}/sequential/waterfall`);
const loop = new Lane("loop", `${PRODUCT}/waterfall`);
const verdict = byId("verdict");

// Returns what a press of the button does
export const startRace = () => onPress(byId("make"), makePage);

async function makePage() {
  verdict.textContent = "Both pages are being made …";
  try {
    const deadline = currentDeadline();
    const [slow, fast] = await Promise.all([make(sequential, null), make(loop, deadline)]);
    const scale = scaleFor(Math.max(slow.millis, fast.millis));
    sequential.draw(slow, scale, null);
    loop.draw(fast, scale, deadline);
    verdict.textContent = compare(slow, fast);
  }
  catch (error) {
    verdict.textContent = `The shop did not answer: ${error.message}`;
  }
}

// Shown as soon as it is there, for the other may take longer
async function make(lane, deadline) {
  lane.begin();
  try {
    const waterfall = await get(lane.path);
    lane.draw(waterfall, scaleFor(waterfall.millis), deadline);
    return waterfall;
  }
  finally {
    lane.end();
  }
}

function compare(slow, fast) {
  return `On the loop ${describe(fast)}, one after the other ${describe(slow)}. ${times(slow, fast)}`;
}

function describe(waterfall) {
  const missing = missingFrom(waterfall);
  const parts = missing === 0 ? "" : ` (${missing} of ${waterfall.calls.length} parts missing)`;
  return `${seconds(waterfall.millis)}${waterfall.page ? parts : " (no page)"}`;
}

function times(slow, fast) {
  if (!slow.page || !fast.page) {
    return "";
  }
  const ratio = slow.millis / fast.millis;
  if (ratio > 0.9 && ratio < 1.1) {
    return "Both took about as long.";
  }
  // What was refused, or cut off at the deadline, takes no time
  const parts = missingFrom(fast) > missingFrom(slow) ? ", but is less complete" : "";
  return ratio > 1
    ? `The loop's page was there ${ratio.toFixed(1)} times as fast${parts}.`
    : `The loop's page took ${(1 / ratio).toFixed(1)} times as long.`;
}
