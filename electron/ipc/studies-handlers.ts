/** Ladders and curves: the channels. */
import type { Accepted, Channel, Response } from "./contract.js";
import type { Studies } from "./studies.js";
import type { Client } from "./subscription.js";

type StudyChannel = Extract<Channel, `studies.${string}`>;
type StudyHandlers = { [C in StudyChannel]: (client: Client, request: Accepted<C>) => Promise<Response<C>> };

export function studiesHandlers(studies: Studies): StudyHandlers {
  return {
    "studies.list": () => studies.list(),
    "studies.open": (_client, { studyId }) => studies.open(studyId),
    "studies.start": (_client, request) => Promise.resolve({ studyId: studies.start(request) }),
    "studies.cancel": (_client, { studyId }) => {
      studies.cancel(studyId);
      return Promise.resolve(null);
    },
    "studies.delete": async (_client, { studyId }) => {
      await studies.delete(studyId);
      return null;
    },
    "studies.export": (_client, { studyId }) => studies.export(studyId),
  };
}
