/** OAuth error names of the token endpoint, as Salesforce uses them. */
export type TokenErrorCode =
  | "invalid_grant" // the assertion or the user is not accepted
  | "invalid_client_id" // no such client
  | "invalid_client" // wrong secret
  | "invalid_request" // a parameter is missing
  | "unsupported_grant_type";

/** A refused token request: answered as HTTP 400 with `{ error, error_description }`. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, description: string) {
    super(description);
    this.code = code;
  }
}
