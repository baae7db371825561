// A minute of one figure: a line for what goes up and down, spikes for what is counted
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 120;
const HEIGHT = 40;

export const SAMPLES = 60;

export class Chart {
  constructor(label, spikes) {
    this.label = label;
    this.values = [];
    this.svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", class: "chart" });
    this.shapes = spikes ? [shape("path", { class: "spike" })] : [shape("path", { class: "area" }), shape("path", { class: "line" })];
    this.draw = spikes ? this.drawSpikes : this.drawLine;
    this.svg.append(...this.shapes);
    this.svg.setAttribute("aria-label", `${label} over the latest minute`);
  }

  add(value) {
    this.values = [...this.values, value].slice(-SAMPLES);
    this.draw(Math.max(1, ...this.values));
    this.svg.setAttribute("aria-label", `${this.label} over the latest minute, at most ${Math.max(...this.values)}`);
  }

  x(index) {
    return (SAMPLES - this.values.length + index) * WIDTH / (SAMPLES - 1);
  }

  drawLine(highest) {
    const points = this.values.map((value, index) => `${this.x(index).toFixed(1)} ${(HEIGHT - 2 - value / highest * (HEIGHT - 6)).toFixed(1)}`);
    const line = `M${points.join("L")}`;
    this.shapes[0].setAttribute("d", `${line}L${WIDTH} ${HEIGHT}L${this.x(0).toFixed(1)} ${HEIGHT}Z`);
    this.shapes[1].setAttribute("d", line);
  }

  drawSpikes(highest) {
    const spikes = this.values.map((value, index) => {
      const height = value / highest * (HEIGHT - 4);
      return height === 0 ? "" : `M${(this.x(index) - 2).toFixed(1)} ${HEIGHT}v-${height.toFixed(1)}h2v${height.toFixed(1)}Z`;
    });
    this.shapes[0].setAttribute("d", spikes.join(""));
  }
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  return made;
}
