import { createPublicKey, generateKeyPair } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

export type JwtKeyPair = {
  /** The private half, readable by its owner only. */
  readonly privateKeyFile: string;
  readonly publicKeyPem: string;
};

/**
 * The key that the demo's service signs its assertions with. It is made once; later starts read the
 * same file, so that a running service stays accepted.
 */
export async function loadJwtKeyPair(privateKeyFile: string): Promise<JwtKeyPair> {
  const privateKeyPem = (await readKept(privateKeyFile)) ?? (await makeKey(privateKeyFile));
  const publicKeyPem = createPublicKey(privateKeyPem).export({ type: "spki", format: "pem" });
  return { privateKeyFile, publicKeyPem: publicKeyPem.toString() };
}

async function readKept(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (reason) {
    if (reason instanceof Error && "code" in reason && reason.code === "ENOENT") return undefined;
    throw reason;
  }
}

async function makeKey(file: string): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  await mkdir(dirname(file), { recursive: true });
  // Written beside and renamed, so that a kill leaves no half key.
  await writeFile(`${file}.new`, privateKey, { mode: 0o600 });
  await rename(`${file}.new`, file);
  return privateKey;
}
