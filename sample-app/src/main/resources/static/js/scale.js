// One time axis for both lanes, so that their bars can be compared
const STEPS = [50, 100, 200, 500, 1000, 2000, 5000, 10000];

export function scaleFor(longest) {
  const step = STEPS.find((each) => longest / each <= 5) ?? STEPS.at(-1);
  const end = Math.max(step, Math.ceil(longest * 1.02 / step) * step);
  const ticks = [];
  for (let tick = 0; tick <= end; tick += step) {
    ticks.push(tick);
  }
  return { end, ticks, percent: (time) => `${Math.min(100, time / end * 100)}%` };
}
