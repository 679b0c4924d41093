/** The browser SDK: everything a page of your own needs to hold an interview. */
export { Api, placeOf } from "./api.js";
export { excess } from "./channel.js";
export { InterviewClient } from "./client.js";
export { PeerCall } from "./connection.js";
export {
  closeStream,
  listDevices,
  MicrophoneError,
  microphonePermission,
  obstacle,
  openMicrophone,
  permissionStatus,
  SilenceCheck,
  SoundCheck,
} from "./devices.js";
export { FINAL_KINDS, InterviewError } from "./errors.js";
export { ASKS_FOR_LOST } from "./hints.js";
export { fractionOf, levelOf, Meter } from "./meter.js";
export { Playback } from "./playback.js";
export { Backoff, Ledger } from "./reconnect.js";
export { ResumeMemory, sessionKeep } from "./resume.js";
export {
  answerTo,
  asText,
  currentQuestion,
  EMPTY_VIEW,
  fold,
  furthestNumber,
  isOpenedAgain,
  promptOf,
  requestName,
  saidTo,
  secondsLeft,
} from "./store.js";
export { filled } from "./wait.js";
