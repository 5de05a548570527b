import { objects } from "./core-harness.ts";
import type { MetadataCopy } from "./core-harness.ts";

const xmlns = 'xmlns="http://soap.sforce.com/2006/04/metadata"';
const folder = "core/main/default";

/** A second event beside the project's own, with one text field and more of other types. */
export const noticeTopic = "/event/Notice__e";

export function addNotice(metadata: MetadataCopy): void {
  metadata.add(
    `${objects}/Notice__e/Notice__e.object-meta.xml`,
    `<CustomObject ${xmlns}><deploymentStatus>Deployed</deploymentStatus><eventType>HighVolume</eventType>
     <label>Notice</label><pluralLabel>Notices</pluralLabel>
     <publishBehavior>PublishImmediately</publishBehavior></CustomObject>`,
  );
  addNoticeField(metadata, "Text__c", "<length>80</length><type>Text</type>");
  addNoticeField(
    metadata,
    "Body__c",
    "<length>2000</length><type>LongTextArea</type><visibleLines>3</visibleLines>",
  );
  addNoticeField(metadata, "Count__c", "<precision>9</precision><scale>0</scale><type>Number</type>");
  addNoticeField(metadata, "Day__c", "<type>Date</type>");
}

export function addNoticeField(metadata: MetadataCopy, name: string, rest: string): void {
  metadata.add(
    `${objects}/Notice__e/fields/${name}.field-meta.xml`,
    `<CustomField ${xmlns}><fullName>${name}</fullName><label>${name}</label>${rest}</CustomField>`,
  );
}

export function addChannel(metadata: MetadataCopy, name: string, rest = ""): void {
  metadata.add(
    `${folder}/platformEventChannels/${name}.platformEventChannel-meta.xml`,
    `<PlatformEventChannel ${xmlns}><channelType>event</channelType><label>${name}</label>${rest}</PlatformEventChannel>`,
  );
}

export function addMember(metadata: MetadataCopy, channel: string, event: string, rest = ""): void {
  metadata.add(
    `${folder}/platformEventChannelMembers/${channel}_${event}.platformEventChannelMember-meta.xml`,
    `<PlatformEventChannelMember ${xmlns}><eventChannel>${channel}</eventChannel>${rest}
     <selectedEntity>${event}</selectedEntity></PlatformEventChannelMember>`,
  );
}

export function addManaged(metadata: MetadataCopy, name: string, topicName: string, state = "RUN"): void {
  metadata.add(
    `${folder}/managedEventSubscriptions/${name}.managedEventSubscription-meta.xml`,
    `<ManagedEventSubscription ${xmlns}><defaultReplay>EARLIEST</defaultReplay>
     <errorRecoveryReplay>EARLIEST</errorRecoveryReplay><label>${name}</label><state>${state}</state>
     <topicName>${topicName}</topicName><version>67.0</version></ManagedEventSubscription>`,
  );
}
