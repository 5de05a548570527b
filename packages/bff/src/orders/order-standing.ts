/**
 * What a value of `Order.Status` means once provisioning was asked for:
 * - `approved`   it is to be provisioned.
 * - `activated`  its service works.
 * - `cancelled`  it is not wanted any more.
 * - `withdrawn`  it is being worked on again: the approval no longer stands.
 * - `other`      a status of the org's own, which says nothing to us.
 */
export type OrderStanding = "approved" | "activated" | "cancelled" | "withdrawn" | "other";
