import { decodeJwt, errors, importSPKI, jwtVerify } from "jose";
import type { JWTPayload } from "jose";
import type { OAuthClient } from "./oauth-client.ts";
import { TokenError } from "./token-error.ts";

/** Salesforce documents three minutes today and five in older text; clients of both must get in. */
const maxLifetimeSeconds = 5 * 60;
const clockSkewSeconds = 30;

export type JwtCheck = {
  readonly clients: readonly OAuthClient[];
  /** Base URLs of this org. The generic login hosts are refused, as External Client Apps do. */
  readonly audiences: readonly string[];
  /** Milliseconds of real time. */
  readonly now: () => number;
};

/**
 * Checks a JWT bearer assertion: RS256 by the registered key, `iss` = client id, `aud` = this org,
 * `exp` at most five minutes ahead.
 *
 * @returns the username in `sub`.
 * @throws {TokenError} invalid_client_id or invalid_grant, saying which claim is wrong.
 */
export async function verifyAssertion(assertion: string, check: JwtCheck): Promise<string> {
  const { clients, audiences } = check;
  const { iss } = readUnverified(assertion);
  const client = clients.find(({ clientId }) => clientId === iss);
  if (client === undefined) throw new TokenError("invalid_client_id", "client identifier invalid");
  if (client.jwtPublicKeyPem === null) {
    throw new TokenError("invalid_grant", "no certificate is registered for this client");
  }
  const key = await importSPKI(client.jwtPublicKeyPem, "RS256");
  const nowMs = check.now();
  let claims: JWTPayload;
  try {
    const verified = await jwtVerify(assertion, key, {
      algorithms: ["RS256"],
      audience: [...audiences],
      issuer: client.clientId,
      clockTolerance: clockSkewSeconds,
      currentDate: new Date(nowMs),
      requiredClaims: ["sub", "exp"],
    });
    claims = verified.payload;
  } catch (reason) {
    throw new TokenError("invalid_grant", describeFailure(reason, audiences));
  }
  const { exp, sub } = claims;
  if (exp === undefined || exp - nowMs / 1000 > maxLifetimeSeconds + clockSkewSeconds) {
    throw new TokenError("invalid_grant", "invalid assertion: exp is more than five minutes ahead");
  }
  return sub ?? "";
}

function readUnverified(assertion: string): JWTPayload {
  try {
    return decodeJwt(assertion);
  } catch {
    throw new TokenError("invalid_grant", "invalid assertion: this is no JWT");
  }
}

function describeFailure(reason: unknown, audiences: readonly string[]): string {
  if (reason instanceof errors.JWTExpired) return "expired assertion: check the clock of the client";
  if (reason instanceof errors.JWTClaimValidationFailed) {
    if (reason.claim === "aud") return `audience is invalid: aud must be ${audiences.join(" or ")}`;
    return `invalid assertion: claim ${reason.claim} is missing or wrong`;
  }
  if (reason instanceof errors.JWSSignatureVerificationFailed) {
    return "invalid assertion: the signature does not match the registered certificate";
  }
  if (reason instanceof errors.JOSEAlgNotAllowed) return "invalid assertion: alg must be RS256";
  return "invalid assertion";
}
