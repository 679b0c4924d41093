/** The browser SDK: everything a page of your own needs to hold an interview. */
export { Api, placeOf } from "./api.js";
export { InterviewClient } from "./client.js";
export { PeerCall } from "./connection.js";
export { InterviewError, FINAL_KINDS } from "./errors.js";
export {
  MicrophoneError, SoundCheck, closeStream, listDevices, microphonePermission, obstacle, openMicrophone,
} from "./devices.js";
export { Meter, fractionOf, levelOf } from "./meter.js";
export { Playback } from "./playback.js";
export { Backoff, Ledger } from "./reconnect.js";
export { ResumeMemory, sessionKeep } from "./resume.js";
export { EMPTY_VIEW, asText, currentQuestion, fold, secondsLeft } from "./store.js";
