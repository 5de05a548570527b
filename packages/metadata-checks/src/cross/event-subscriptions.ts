import { childOf } from "../element-children.ts";
import { findingAt } from "../finding.ts";
import type { Finding } from "../finding.ts";
import { documentsOf } from "../sfdx-project.ts";
import type { MetadataDocument } from "../sfdx-project.ts";
import type { CrossResult, ProjectView } from "./project-view.ts";

/** All that a deployment of a managed subscription needs; the WSDL calls them optional. */
const neededBySubscription = [
  "defaultReplay",
  "errorRecoveryReplay",
  "label",
  "state",
  "topicName",
  "version",
] as const;

/** Managed subscriptions, channels and their members name events and channels that exist. */
export function checkEventSubscriptions({ project, schema }: ProjectView): CrossResult {
  const subscriptions = documentsOf(project, "managedEventSubscription");
  const members = documentsOf(project, "platformEventChannelMember");
  const channels = new Set(documentsOf(project, "platformEventChannel").map(({ name }) => name));
  const isEvent = (name: string): boolean => schema.objects.get(name)?.kind === "event";
  const isTopic = (name: string): boolean => (name.endsWith("__chn") ? channels.has(name) : isEvent(name));
  return {
    seen: subscriptions.length + members.length,
    findings: [
      ...subscriptions.flatMap((subscription) => [
        ...neededBySubscription.flatMap((name) => {
          if (childOf(subscription.root, name) !== undefined) return [];
          return [findingAt(subscription.root.place, `A deployment needs <${name}>. Add it.`)];
        }),
        ...checkTopic(subscription, isTopic),
      ]),
      ...members.flatMap(({ root }) => [
        ...named(root, "eventChannel", (name) => channels.has(name), "channel"),
        // Change events are the platform's own; only custom events are defined here.
        ...named(root, "selectedEntity", (name) => !name.endsWith("__e") || isEvent(name), "event"),
      ]),
    ],
  };
}

function checkTopic({ root }: MetadataDocument, isTopic: (name: string) => boolean): readonly Finding[] {
  const topic = childOf(root, "topicName");
  if (topic === undefined || topic.text.startsWith("/data/")) return [];
  const [, name] = /^\/event\/(\w+)$/.exec(topic.text) ?? [];
  if (name !== undefined && isTopic(name)) return [];
  const message = `"${topic.text}" is no topic: there is no such event or channel. Write /event/<event or channel>.`;
  return [findingAt(topic.place, message)];
}

function named(
  root: MetadataDocument["root"],
  element: string,
  exists: (name: string) => boolean,
  what: string,
): readonly Finding[] {
  const child = childOf(root, element);
  if (child === undefined || exists(child.text)) return [];
  return [findingAt(child.place, `There is no ${what} "${child.text}". Correct the name.`)];
}
