import { createHash } from "node:crypto";
import type { Characteristics, NetworkService } from "./network-store.ts";

/** What the network gives out with an active service. Derived from the service's id: the same at every read. */
export function issueValues(service: NetworkService): Characteristics {
  switch (service.specification) {
    case "esim":
      return { ...simValues(service.id), activationCode: activationCode(service.id) };
    case "sim":
      return simValues(service.id);
    case "broadband":
      return { circuitId: `FTTH-${padded(service.id, 8)}`, vlan: 100 + (service.id % 3_900) };
    case "voice":
      return { number: `+88320${padded(service.id, 7)}` };
    case "tv":
      return { accountNumber: `TV${padded(service.id, 8)}` };
  }
}

function simValues(id: number): { readonly iccid: string; readonly msisdn: string } {
  return { iccid: iccid(id), msisdn: `+88310${padded(id, 7)}` };
}

/** 19 digits: 89 (telecom), 883 (an international country code), issuer 10, eleven of our own, Luhn check digit. */
function iccid(id: number): string {
  const body = `8988310${padded(id, 11)}`;
  return `${body}${luhnCheckDigit(body)}`;
}

/** The digit that makes `body` followed by it pass the Luhn check. */
function luhnCheckDigit(body: string): number {
  const sum = body
    .split("")
    .reverse()
    .reduce((total, digit, position) => {
      const doubled = position % 2 === 0 ? Number(digit) * 2 : Number(digit);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
  return (10 - (sum % 10)) % 10;
}

/** `LPA:1$<host>$<matching id>`, the text behind an eSIM's QR code. */
function activationCode(id: number): string {
  const matchingId = createHash("sha256").update(`esim-${id}`).digest("hex").slice(0, 16).toUpperCase();
  return `LPA:1$smdp.sluice.test$${matchingId}`;
}

function padded(id: number, digits: number): string {
  return String(id).padStart(digits, "0");
}
