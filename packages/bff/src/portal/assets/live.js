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

const source = new EventSource(stream);
source.addEventListener("open", () => {
  mark.textContent = "live";
  mark.className = "live-mark on";
  void refresh();
});
source.addEventListener("error", () => {
  mark.textContent = "reconnecting";
  mark.className = "live-mark off";
});
source.addEventListener("message", () => void refresh());
localTimes();
