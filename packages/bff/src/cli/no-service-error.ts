/** No service answers where the data folder says that one runs, or none ever ran there. */
export class NoServiceError extends Error {
  override readonly name = "NoServiceError";
  readonly code = "no_service";
}
