/** What `--help` prints. */
export const helpText = `Usage: sluice-types --topic <name>... [--out <path>] [options]
       sluice-types --check <file>... [options]
       sluice-types --schema <file.avsc>... [--out <path>] [options]

Writes the TypeScript type and the zod schema of an event, read from the org.

What to write
  --topic <name>     such as /event/Order_Event__e or /data/AccountChangeEvent; repeat it for several
  --schema <file>    reads the Avro schema from a file instead of an org; repeat it for several
  --out <path>       a .ts file for all topics, or a folder for a file each (default: standard output)
  --check <file>     writes nothing: compares a file written before with the org, for CI; repeat it for several
  --dates <form>     Date and Date/Time fields as number (milliseconds since 1970), iso or date (default number)
  --longs <form>     64-bit integers beyond 2^53 as bigint or string (default bigint)
  --json             says what was written or compared as JSON on standard output
  --help, --version

Where the org is: an option, or the variable that Sluice itself reads
  --login-url <url>            SALESFORCE_LOGIN_URL, the org's My Domain
  --client-id <text>           SALESFORCE_CLIENT_ID, the app's consumer key
  --username <name>            SALESFORCE_USERNAME, with a private key
  --private-key-file <file>    SALESFORCE_PRIVATE_KEY_FILE, for JWT bearer; wins over the next
  --client-secret-file <file>  SALESFORCE_CLIENT_SECRET_FILE, for client credentials
  --pubsub-endpoint <host>     SALESFORCE_PUBSUB_ENDPOINT (default api.pubsub.salesforce.com:443)
  --pubsub-ca-file <file>      SALESFORCE_PUBSUB_CA_FILE, a certificate to trust, for the emulated org

Give --dates and --longs as the client has them in its option "decode". What is written imports zod 4.
Exit code: 0 all is well, 1 a file differs or something failed, 2 an option is missing or wrong.
`;
