// How each service behind the shop behaves
import { byId, element, onPress, tell } from "./dom.js";
import { get, put } from "./http.js";

const MODES = {
  NORMAL: "normal",
  SLOW: "slow, by 3 s",
  BROKEN: "broken, 500",
  TRUNCATED: "truncated",
  DOWN: "down",
};

const note = byId("services-note");

let inForce = {};

export async function startServices() {
  const modes = await get("upstreams");
  byId("services").replaceChildren(...Object.keys(modes).flatMap(controls));
  show(modes);
  onPress(byId("repair"), () => tell(note, repair));
}

function controls(service) {
  const name = service.toLowerCase();
  const id = `service-${name}`;
  const select = element("select", { id },
    ...Object.entries(MODES).map(([value, textContent]) => element("option", { value, textContent })));
  select.addEventListener("change", () => tell(note, () => change(service, select.value)));
  return [element("label", { htmlFor: id, textContent: name }), select];
}

async function change(service, mode) {
  const path = `${service}/${mode}`.toLowerCase();
  try {
    show(await put(`upstreams/${path}`));
    return `${path.replace("/", " is ")} now.`;
  }
  catch (error) {
    show(inForce);
    throw error;
  }
}

async function repair() {
  const modes = await get("upstreams");
  for (const service of Object.keys(modes).filter((each) => modes[each] !== "NORMAL")) {
    show(await put(`upstreams/${service.toLowerCase()}/normal`));
  }
  return "All services are normal.";
}

function show(modes) {
  inForce = modes;
  for (const [service, mode] of Object.entries(modes)) {
    const select = byId(`service-${service.toLowerCase()}`);
    select.value = mode;
    select.classList.toggle("changed", mode !== "NORMAL");
  }
}
