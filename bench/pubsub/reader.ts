/** Where the org is and as whom to read. */
export type ReaderAddress = {
  readonly pubsubEndpoint: string;
  readonly caFile: string;
  readonly accessToken: string;
  readonly instanceUrl: string;
  readonly tenantId: string;
  /** For the reader without a library, which loads the contract by itself. */
  readonly protoPath: string;
};

/** A decoded event, by field name. */
export type Payload = Readonly<Record<string, unknown>>;

/** A client that is ready to ask for events. */
export type Reader = {
  /** Reads the topic from the earliest event until `take`, called with each decoded payload, says that it has all. */
  read(topic: string, take: (payload: Payload) => boolean): Promise<void>;
};

export type OpenReader = (address: ReaderAddress) => Promise<Reader>;

export const readerNames = ["sluice", "popular", "bare"] as const;
export type ReaderName = (typeof readerNames)[number];
