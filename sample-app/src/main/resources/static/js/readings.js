// One reading of the loop, from the actuator's endpoints
import { get } from "./http.js";

export async function read() {
  const [{ figures }, outcomes, active, idle] = await Promise.all([
    get("actuator/loop"), countByOutcome(["rejected", "timeout"]), connections("active"), connections("idle"),
  ]);
  return {
    tasks: figures.activeTasks,
    limit: figures.maxConcurrentTasks,
    lag: figures.lagMillis,
    busy: Math.round(figures.busy * 100),
    rejected: outcomes.rejected,
    timeout: outcomes.timeout,
    active,
    idle,
  };
}

// An outcome that never was has no meter, and asking for it would be an error
async function countByOutcome(outcomes) {
  const tasks = await get("actuator/metrics/loop.tasks");
  const known = tasks.availableTags.find((tag) => tag.tag === "outcome")?.values ?? [];
  const counts = await Promise.all(outcomes.map((outcome) =>
    known.includes(outcome) ? meter(`loop.tasks?tag=outcome:${outcome}`, "COUNT") : 0));
  return Object.fromEntries(outcomes.map((outcome, index) => [outcome, counts[index]]));
}

const connections = (state) => meter(`loop.http.connections?tag=state:${state}`, "VALUE");

async function meter(path, statistic) {
  const { measurements } = await get(`actuator/metrics/${path}`);
  return measurements.find((measurement) => measurement.statistic === statistic).value;
}
