// How long the loop's page may take
import { byId, element } from "./dom.js";
import { get, put } from "./http.js";
import { seconds } from "./wording.js";

const CHOICES = [100, 200, 300, 500, 1000, 2000, 5000];

const select = byId("deadline");

let inForce = null;

export const currentDeadline = () => inForce;

export async function startDeadline() {
  show((await get("deadline")).millis);
  select.addEventListener("change", async () => {
    try {
      show((await put(`deadline/${select.value}ms`)).millis);
    }
    catch (error) {
      byId("verdict").textContent = `The deadline was not changed: ${error.message}`;
      show(inForce);
    }
  });
}

function show(deadline) {
  inForce = deadline;
  const choices = CHOICES.includes(deadline) ? CHOICES : [...CHOICES, deadline].sort((a, b) => a - b);
  select.replaceChildren(...choices.map((choice) => element("option", { value: `${choice}`, textContent: seconds(choice) })));
  select.value = `${deadline}`;
}
