// Calls of the shop's own endpoints
export async function call(method, path) {
  const response = await fetch(path, { method, headers: { Accept: "application/json" } });
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
