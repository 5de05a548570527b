// Keeps a page current: the org tells that something changed, the page fetches itself and swaps its content.
const settleMs = 80;

let isRefreshing = false;
let isStale = false;

async function refresh() {
  if (isRefreshing) {
    isStale = true;
    return;
  }
  isRefreshing = true;
  try {
    // Changes come in bursts, and one fetch shows them all.
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    isStale = false;
    const response = await fetch(location.pathname, { redirect: "manual" });
    if (response.type === "opaqueredirect") location.reload();
    else if (response.ok) swap(await response.text());
  } finally {
    isRefreshing = false;
    if (isStale) void refresh();
  }
}

function swap(markup) {
  const next = new DOMParser().parseFromString(markup, "text/html").querySelector("#content");
  if (next !== null) document.querySelector("#content")?.replaceWith(next);
}

if (document.body.hasAttribute("data-live")) {
  const live = new EventSource("/live");
  live.addEventListener("open", () => {
    document.body.classList.add("connected");
    // Whatever changed while the connection was away is not told again.
    void refresh();
  });
  live.addEventListener("error", () => document.body.classList.remove("connected"));
  live.addEventListener("message", () => void refresh());
}
