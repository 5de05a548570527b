import type { Backend } from "../campaign-options.ts";

/** What one service process does, which is also the name of its place: after a kill it comes back to it. */
export type ServicePlace = "service" | "replica-1" | "replica-2" | "worker";

export type ServiceCommand = { readonly place: ServicePlace; readonly args: readonly string[] };

/** The embedded database takes one process; a server takes two replicas, of which one reads the topic, and a worker. */
export function serviceCommands(backend: Backend): readonly ServiceCommand[] {
  switch (backend) {
    case "pglite":
      return [{ place: "service", args: ["serve"] }];
    case "postgres":
      return [
        { place: "replica-1", args: replicaArgs },
        { place: "replica-2", args: replicaArgs },
        { place: "worker", args: workerArgs },
      ];
  }
}

const replicaArgs: readonly string[] = ["serve", "--roles", "intake,portal"];
const workerArgs: readonly string[] = ["worker"];
