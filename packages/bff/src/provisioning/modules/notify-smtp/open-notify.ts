import type { ProvisioningModule } from "../../module.ts";

/** The mail server, and who the mails come from. */
export type NotifyConfig = {
  /** `smtp://host:port`, or `smtps://user:password@host:port`. */
  readonly url: string;
  /** Sender, such as `Sluice <no-reply@example.com>`. */
  readonly from: string;
  /** For one mail, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
};

/** The notification module (`notify`): mails to the order's contact. */
export function openNotify(_config: NotifyConfig): ProvisioningModule {
  return {
    name: "notify",
    operations: ["order-active"],
    run: () => Promise.reject(new Error("not written yet")),
    close: () => Promise.resolve(),
  };
}
