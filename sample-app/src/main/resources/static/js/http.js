// Calls of the shop's own endpoints. The slowest page, all services slow and one after the other, takes 16 s
const PATIENCE = 60_000;

async function call(method, path) {
  const response = await fetch(path, { method, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });
  const text = await response.text();
  const body = text ? JSON.parse(text) : null;
  if (!response.ok) {
    throw new Error(body?.detail ?? body?.title ?? `Status ${response.status}`);
  }
  return body;
}

export const get = (path) => call("GET", path);

export const put = (path) => call("PUT", path);

export const remove = (path) => call("DELETE", path);
