// What the page says of calls and times
const OUTCOMES = {
  SUCCESS: "answered",
  ERROR: "failed",
  TIMEOUT: "timed out",
  INTERRUPTED: "interrupted",
  CANCELLED: "cancelled",
  REJECTED: "refused",
  STOPPED: "stopped",
};

const VALUES = {
  product: (product) => product.name,
  price: (price) => `${price.amount.toFixed(2)} ${price.currency}`,
  stock: (stock) => `${stock.available} in stock`,
  reviews: (reviews) => `${reviews.length} reviews`,
  recommendations: (recommendations) => `${recommendations.length} recommendations`,
  views: (views) => `${views} views`,
};

export const outcomeOf = (call) => OUTCOMES[call.outcome] ?? "not ended";

// The value that the page has, or what it has in its place
export function shownFor(call, page) {
  if (!page) {
    return call.name === "product" && call.problem ? `no page without it: ${call.problem}` : "no page";
  }
  const value = call.name === "product" ? page.product : page[call.name].value;
  return value === null ? `left out: ${call.problem ?? "not there"}` : VALUES[call.name](value);
}

export const millis = (time) => `${Math.round(time)} ms`;

export function seconds(time) {
  if (time < 1000) {
    return millis(time);
  }
  return `${time % 1000 === 0 ? time / 1000 : (time / 1000).toFixed(2)} s`;
}

export const missingFrom = (waterfall) => waterfall.calls.filter((call) => call.outcome !== "SUCCESS").length;
