// Keeps a page fresh: whenever the server's stream tells of a change, the part that shows it is fetched anew.
const { fragment, stream } = document.body.dataset;
const live = document.getElementById("live");
const mark = document.getElementById("live-mark");

const MIN_INTERVAL_MS = 120;
let due = false;
let busy = false;

function localTimes() {
  for (const time of live.querySelectorAll("time")) {
    const date = new Date(time.dateTime);
    const sameDay = date.toDateString() === new Date().toDateString();
    time.textContent = sameDay
      ? date.toLocaleTimeString([], { hourCycle: "h23" })
      : date.toLocaleString([], { hourCycle: "h23", dateStyle: "medium", timeStyle: "short" });
    time.title = time.dateTime;
  }
}

async function refresh() {
  due = true;
  if (busy) return;
  busy = true;
  while (due) {
    due = false;
    try {
      const answer = await fetch(fragment, { cache: "no-store" });
      if (answer.ok) {
        live.innerHTML = await answer.text();
        localTimes();
      }
    } catch {
      // The stream's own reconnection calls again.
    }
    await new Promise((resolve) => setTimeout(resolve, MIN_INTERVAL_MS));
  }
  busy = false;
}

const RECONNECT_MS = 1000;

function follow() {
  const source = new EventSource(stream);
  source.addEventListener("open", () => {
    mark.textContent = "live";
    mark.className = "live-mark on";
    void refresh();
  });
  source.addEventListener("error", () => {
    mark.textContent = "reconnecting";
    mark.className = "live-mark off";
    // The browser reconnects by itself, but not after an answer that was no stream: an order not yet received, say.
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, RECONNECT_MS);
  });
  source.addEventListener("message", () => void refresh());
}

localTimes();
follow();
