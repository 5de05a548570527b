// Keeps a page current: the org tells that something changed, the page fetches itself and swaps its live parts.
const settleMs = 80;
const tickMs = 250;

const followed = (document.body.dataset.follow ?? "").split(" ").filter((area) => area !== "");
let isRefreshing = false;
let isStale = false;
let isPaused = false;

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
    const response = await fetch(location.pathname + location.search, { redirect: "manual" });
    if (response.type === "opaqueredirect") location.reload();
    else if (response.ok) swap(await response.text());
  } catch {
    // The org is away; the live connection tells when it is back.
    isStale = true;
  } finally {
    isRefreshing = false;
    if (isStale && document.body.classList.contains("connected")) void refresh();
  }
}

function swap(markup) {
  const next = new DOMParser().parseFromString(markup, "text/html");
  const focused = document.activeElement?.id ?? "";
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = next.getElementById(part.id);
    if (fresh === null || (isPaused && part.hasAttribute("data-pausable"))) continue;
    for (const open of part.querySelectorAll("details[open][id]")) {
      fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute("open", "");
    }
    if (part.isEqualNode(fresh)) continue;
    if (fresh.dataset.announce !== undefined && fresh.dataset.announce !== part.dataset.announce) {
      announce(fresh.dataset.announce);
    }
    part.replaceWith(fresh);
  }
  if (focused !== "" && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
}

function announce(text) {
  const place = document.getElementById("announcement");
  if (place !== null) place.textContent = text;
}

/** The clock goes on between two fetches, at the org's own rate. */
const anchors = new WeakMap();
function tick() {
  for (const element of document.querySelectorAll("[data-now]")) {
    if (!anchors.has(element)) anchors.set(element, performance.now());
    const passedMs = performance.now() - anchors.get(element);
    const now = new Date(Number(element.dataset.now) + passedMs * Number(element.dataset.rate));
    const text = `${now.toISOString().slice(0, 19).replace("T", " ")} UTC`;
    const shown = element.querySelector("time") ?? element;
    if (shown.textContent !== text) shown.textContent = text;
  }
}

function follow() {
  const live = new EventSource("/live");
  live.addEventListener("open", () => {
    document.body.classList.add("connected");
    // Whatever changed while the connection was away is not told again.
    void refresh();
  });
  live.addEventListener("error", () => document.body.classList.remove("connected"));
  // A changed record comes as a plain message.
  for (const area of followed)
    live.addEventListener(area === "record" ? "message" : area, () => void refresh());
}

function setUpPause(button) {
  button.hidden = false;
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => {
    isPaused = !isPaused;
    button.setAttribute("aria-pressed", String(isPaused));
    button.textContent = isPaused ? "Continue" : "Pause";
    document.body.classList.toggle("paused", isPaused);
    if (!isPaused) void refresh();
  });
}

if (followed.length > 0) {
  follow();
  const pollMs = Number(document.body.dataset.poll ?? 0);
  if (pollMs > 0) setInterval(() => void refresh(), pollMs);
}
setInterval(tick, tickMs);
for (const button of document.querySelectorAll("[data-pause]")) setUpPause(button);
