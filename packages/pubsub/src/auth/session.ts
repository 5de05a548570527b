/** What every call to Salesforce needs. The access token is a secret: it belongs into request headers only. */
export type Session = {
  readonly accessToken: string;
  /** Scheme and host, no trailing slash; may change after an org migration, so it is read with every token. */
  readonly instanceUrl: string;
  /** 18 characters. */
  readonly orgId: string;
  /** 18 characters; whose session it is, when the login host says so. Stands in what is published as CreatedById. */
  readonly userId?: string | undefined;
};

/** Where sessions come from. One sign-in at a time, whoever asks. */
export type TokenSource = {
  /**
   * The current session, signing in first when there is none.
   *
   * @throws {PubSubError} `login_unreachable`, `login_rate_limited`, `auth_rejected`; the signal's reason when aborted.
   */
  get(signal: AbortSignal): Promise<Session>;
  /**
   * Says that Salesforce refused this session: the next `get` signs in anew. Has no effect on a newer session.
   */
  invalidate(session: Session): void;
};
