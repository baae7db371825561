// Returns the texts that cannot be read well: WCAG 2.2 wants a contrast of 4.5, or of 3 where they are large
const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);

const channel = (value) => value <= 10.31475 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;

function luminance([red, green, blue]) {
  return 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
}

function backgroundOf(element) {
  for (let each = element; each; each = each.parentElement) {
    const colour = numbers(getComputedStyle(each).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) {
      return colour;
    }
  }
  return [255, 255, 255];
}

function contrast(element) {
  const [darker, lighter] = [numbers(getComputedStyle(element).color), backgroundOf(element)].map(luminance).sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

function needed(element) {
  const { fontSize, fontWeight } = getComputedStyle(element);
  const size = parseFloat(fontSize);
  return size >= 24 || (size >= 18.66 && fontWeight >= 700) ? 3 : 4.5;
}

const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

return [...document.querySelectorAll("body *")]
  .filter((element) => hasText(element) && element.checkVisibility())
  .filter((element) => contrast(element) < needed(element))
  .map((element) => `${contrast(element).toFixed(2)}: ${element.outerHTML}`);
