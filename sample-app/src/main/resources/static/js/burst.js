// 200 requests, and an event for each answer
import { byId, onPress } from "./dom.js";
import { seconds } from "./wording.js";

const bar = byId("progress");
const text = byId("progress-text");
const status = byId("burst-status");

export function startBurst() {
  onPress(byId("burst"), send);
}

function send() {
  show({ requests: bar.max, done: 0 });
  status.textContent = "Requests are on their way …";
  const events = new EventSource(`burst/progress?atOnce=${byId("at-once").value}`);
  return new Promise((resolve) => {
    // Whatever ends it: one that is not closed would connect, and send them, again
    const end = (words) => {
      events.close();
      status.textContent = words;
      resolve();
    };
    events.addEventListener("progress", (event) => show(JSON.parse(event.data)));
    events.addEventListener("end", (event) => end(summary(JSON.parse(event.data))));
    events.addEventListener("failed", (event) => end(`Not done: ${event.data}.`));
    events.onerror = () => end("The connection ended before the requests did.");
  });
}

function show(state) {
  bar.value = state.done;
  text.textContent = `${state.done} of ${state.requests}`;
}

function summary(state) {
  const failed = state.failed === 0 ? "" : ` ${state.failed} of them failed.`;
  return `${state.done} requests ended in ${seconds(state.millis)}, all on ${state.threads.join(", ")}.${failed}`;
}
