const refreshMs = 1_000;
const rowLimit = 40;

const byId = (id) => document.getElementById(id);
const form = byId("settings");

async function getJson(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  return response.json();
}

// Everything shown goes through textContent: keys and references come from whoever calls the simulators.
function fillRows(target, rows) {
  const elements = rows.map(({ cells, isOpen }) => {
    const row = document.createElement("tr");
    row.classList.toggle("open", isOpen);
    for (const text of cells) {
      const cell = document.createElement("td");
      cell.textContent = text;
      cell.title = text;
      row.append(cell);
    }
    return row;
  });
  target.replaceChildren(...elements);
}

function showSummary({ calls, effects, doubled, repeats }) {
  byId("started").textContent = calls.started;
  byId("unanswered").textContent = calls.unanswered;
  byId("effects").textContent = effects.total;
  byId("doubled").textContent = doubled.length;
  byId("doubled-figure").classList.toggle("alarm", doubled.length > 0);
  byId("repeats").textContent = repeats.mail;
}

const timeOf = (iso) => iso.slice(11, 23);

async function refresh() {
  const [summary, { calls }, { effects }] = await Promise.all([
    getJson("/__sim/summary"),
    getJson(`/__sim/calls?limit=${rowLimit}`),
    getJson(`/__sim/effects?limit=${rowLimit}`),
  ]);
  showSummary(summary);
  fillRows(
    byId("call-rows"),
    calls.map((call) => ({
      cells: [
        timeOf(call.startedAt),
        `${call.system}.${call.operation}`,
        call.status ?? "none yet",
        call.key ?? "",
      ],
      isOpen: call.answeredAt === null,
    })),
  );
  fillRows(
    byId("effect-rows"),
    effects.map((effect) => ({
      cells: [
        timeOf(effect.madeAt),
        `${effect.system}.${effect.operation}`,
        effect.reference,
        effect.key ?? "",
      ],
      isOpen: false,
    })),
  );
}

async function keepFresh() {
  const connection = byId("connection");
  try {
    await refresh();
    connection.textContent = "live";
    connection.classList.remove("lost");
  } catch {
    connection.textContent = "the simulators do not answer";
    connection.classList.add("lost");
  }
  setTimeout(keepFresh, refreshMs);
}

async function showSettings() {
  const settings = await getJson("/__sim/settings");
  form.elements.delayMs.value = settings.delayMs;
  form.elements.activationMs.value = settings.activationMs;
}

async function saveSettings() {
  const { delayMs, activationMs } = form.elements;
  const response = await fetch("/__sim/settings", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ delayMs: delayMs.valueAsNumber, activationMs: activationMs.valueAsNumber }),
  });
  byId("settings-note").textContent = response.ok ? "set" : (await response.json()).message;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  saveSettings().catch((reason) => {
    byId("settings-note").textContent = reason.message;
  });
});

showSettings().catch(() => undefined);
void keepFresh();
