import { X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type TlsFiles = {
  /** What clients have to trust; the certificate is its own authority. */
  readonly caFile: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
};

const dayMs = 24 * 60 * 60 * 1000;
const lifetimeDays = 825;
const renewBeforeDays = 30;

/**
 * The certificate of the Pub/Sub endpoint, for `localhost` and `127.0.0.1`. It is made once and
 * kept in `folder`, so that clients go on trusting it; a damaged or nearly expired one is replaced.
 */
export async function loadTlsFiles(folder: string, nowMs: number): Promise<TlsFiles> {
  const caFile = join(folder, "cert.pem");
  const keyFile = join(folder, "key.pem");
  const kept = await readKept(caFile, keyFile);
  if (kept !== undefined && isUsable(kept.certificatePem, nowMs)) return { caFile, ...kept };

  // Needed once in a data folder's life, and slow to load.
  const { generate } = await import("selfsigned");
  const made = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    // A day back, for machines whose clock lags.
    notBeforeDate: new Date(nowMs - dayMs),
    notAfterDate: new Date(nowMs + lifetimeDays * dayMs),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", digitalSignature: true, keyCertSign: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  await mkdir(folder, { recursive: true });
  await replaceFile(keyFile, made.private, 0o600);
  await replaceFile(caFile, made.cert, 0o644);
  return { caFile, certificatePem: made.cert, privateKeyPem: made.private };
}

async function readKept(
  certificateFile: string,
  keyFile: string,
): Promise<Omit<TlsFiles, "caFile"> | undefined> {
  try {
    const certificatePem = await readFile(certificateFile, "utf8");
    const privateKeyPem = await readFile(keyFile, "utf8");
    return { certificatePem, privateKeyPem };
  } catch (reason) {
    if (reason instanceof Error && "code" in reason && reason.code === "ENOENT") return undefined;
    throw reason;
  }
}

function isUsable(certificatePem: string, nowMs: number): boolean {
  try {
    return new X509Certificate(certificatePem).validToDate.getTime() - nowMs > renewBeforeDays * dayMs;
  } catch {
    return false;
  }
}

/** Written beside and renamed, so that a kill leaves no half file. */
async function replaceFile(path: string, content: string, mode: number): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, content, { mode });
  await rename(draft, path);
}
