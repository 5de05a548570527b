import avsc from "avsc";
import type { BusEvent } from "../org-core.ts";
import type { EventFilter } from "./event-filter.ts";
import { matchesFilter } from "./match-filter.ts";
import type { EventValues } from "./match-filter.ts";

/** A custom channel: the events of several topics as one stream, some of them filtered. */
export type BusChannel = {
  /** Such as `/event/Name__chn`. */
  readonly topic: string;
  readonly members: readonly { readonly topic: string; readonly filter: EventFilter | null }[];
};

/** Looks into payloads for the members of channels that have a filter. */
export class ChannelFilter {
  readonly #schemaJson: (schemaId: string) => string | undefined;
  readonly #types = new Map<string, avsc.Type>();

  constructor(schemaJson: (schemaId: string) => string | undefined) {
    this.#schemaJson = schemaJson;
  }

  passes(channel: BusChannel, event: BusEvent): boolean {
    const filters = channel.members.filter(({ topic }) => topic === event.topic).map(({ filter }) => filter);
    const values = filters.includes(null) ? {} : this.#valuesOf(event);
    return filters.some((filter) => filter === null || matchesFilter(filter, values));
  }

  #valuesOf({ schemaId, payload }: BusEvent): EventValues {
    const values: unknown = this.#typeOf(schemaId)?.fromBuffer(Buffer.from(payload));
    return typeof values === "object" && values !== null ? { ...values } : {};
  }

  #typeOf(schemaId: string): avsc.Type | undefined {
    const known = this.#types.get(schemaId);
    const json = this.#schemaJson(schemaId);
    if (known !== undefined || json === undefined) return known;
    const type = avsc.Type.forSchema(JSON.parse(json), { wrapUnions: "never" });
    this.#types.set(schemaId, type);
    return type;
  }
}
