import { createServer } from "node:net";

/**
 * Opens the port for a moment. grpc-js writes about a failed bind on stderr by itself; asked first,
 * the only word about it is ours.
 *
 * @throws the error of the system, such as EADDRINUSE.
 */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(port, host, resolve);
  });
  await new Promise<void>((resolve) => {
    probe.close(() => {
      resolve();
    });
  });
}
