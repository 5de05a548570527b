/**
 * Where the wire contract lives and how it is loaded. The emulator of an org loads the same file
 * with the same options, so both ends agree on names and defaults.
 */
import { fileURLToPath } from "node:url";

/** Absolute path of `eventbus.proto`, the `eventbus.v1` service definition. */
export const eventBusProtoPath: string = fileURLToPath(
  new URL("../../proto/eventbus.proto", import.meta.url),
);

/**
 * Options for `@grpc/proto-loader`: field names in camelCase, 64-bit values and enums as text,
 * absent scalars as their defaults, absent lists as `[]`, absent messages as `null`, bytes as
 * `Buffer`.
 */
export const eventBusLoadOptions = {
  keepCase: false,
  longs: String,
  enums: String,
  defaults: true,
  arrays: true,
} as const;
