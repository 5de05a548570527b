/** How long the downstreams take: long enough for kills to meet calls that are out. */
export type SimulatorsPace = {
  readonly delayMs: number;
  readonly activationMs: number;
  readonly perSystem: { readonly billing?: { readonly delayMs: number } };
};

export const pace: SimulatorsPace = { delayMs: 60, activationMs: 200, perSystem: {} };

export async function setPace(simulatorsUrl: string, wanted: SimulatorsPace): Promise<void> {
  const answer = await fetch(`${simulatorsUrl}/__sim/settings`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(wanted),
  });
  if (!answer.ok) throw new Error(`the simulators refused their settings: ${await answer.text()}`);
}
