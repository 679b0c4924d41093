/**
 * Microphones and loudspeakers, with a name for everything that can be wrong with them.
 *
 * @typedef {"insecure" | "unsupported" | "framed" | "denied" | "dismissed" | "missing" | "busy" | "constraint" | "unknown"} MicrophoneProblem
 * insecure: the page is not served by HTTPS or localhost. framed: the page around it does not pass it
 * on. denied: blocked in the browser or the
 * system. dismissed: the question was closed without an answer. missing: there is no microphone.
 * busy: another program holds it. constraint: the chosen one is gone.
 */

export class MicrophoneError extends Error {
  /** @param {MicrophoneProblem} problem @param {string} [detail] the browser's own words */
  constructor(problem, detail = "") {
    super(detail || problem);
    this.name = "MicrophoneError";
    this.problem = problem;
  }
}

/**
 * @param {{name?: string}} error @param {PermissionState | ""} permission
 * @param {boolean} framed in a page of somebody else's, of which the browser does not say what it passes on
 * @returns {MicrophoneProblem}
 */
export function problemOf(error, permission, framed = false) {
  switch (error.name) {
    case "NotAllowedError":
    case "PermissionDeniedError":
      // Firefox does not tell a frame that gets no microphone from one whose person has refused it.
      if (framed && permission === "denied") return "framed";
      return permission === "prompt" ? "dismissed" : "denied";
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "DevicesNotFoundError":
      return "missing";
    case "NotReadableError":
    case "TrackStartError":
    case "AbortError":
      return "busy";
    case "OverconstrainedError":
      return "constraint";
    default:
      return "unknown";
  }
}

/** What the page around this one passes on. @returns {{allowsFeature(name: string): boolean} | undefined} */
function policy() {
  const page = /** @type {{featurePolicy?: {allowsFeature(name: string): boolean}}} */ (globalThis.document ?? {});
  return page.featurePolicy;
}

/** What stands in the way before anybody is asked, or null. @returns {MicrophoneProblem | null} */
export function obstacle() {
  // `mediaDevices` is missing on insecure origins, whatever the types say.
  const devices = /** @type {MediaDevices | undefined} */ (navigator.mediaDevices);
  // Only Chromium tells; elsewhere the microphone is refused when it is asked for.
  if (policy()?.allowsFeature("microphone") === false) return "framed";
  if (typeof devices?.getUserMedia === "function") return null;
  return globalThis.isSecureContext ? "unsupported" : "insecure";
}

/** It has a `change` event. @returns {Promise<PermissionStatus | null>} null where the browser does not tell */
export async function permissionStatus() {
  try {
    const name = /** @type {PermissionName} */ ("microphone");
    return await navigator.permissions.query({ name });
  } catch {
    return null;
  }
}

/** @returns {Promise<PermissionState | "">} "" where the browser does not tell */
export async function microphonePermission() {
  return (await permissionStatus())?.state ?? "";
}

/**
 * Ask for a microphone. Throws MicrophoneError.
 * @param {string} [deviceId] "" for the one the browser prefers
 * @returns {Promise<MediaStream>}
 */
export async function openMicrophone(deviceId = "") {
  const inTheWay = obstacle();
  if (inTheWay) throw new MicrophoneError(inTheWay);
  /** @type {MediaTrackConstraints} */
  const audio = {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    channelCount: 1,
  };
  if (deviceId) audio.deviceId = { exact: deviceId };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    const named = /** @type {{name?: string, message?: string}} */ (error);
    const framed = globalThis.parent !== globalThis.window && !policy();
    throw new MicrophoneError(problemOf(named, await microphonePermission(), framed), named.message);
  }
}

/** @param {MediaStream | null} stream */
export function closeStream(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** @typedef {{id: string, label: string}} Device */

/** Names are empty until permission was given. @returns {Promise<{microphones: Device[], speakers: Device[]}>} */
export async function listDevices() {
  const devices = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  const named = (/** @type {MediaDeviceKind} */ kind) =>
    devices
      .filter((device) => device.kind === kind && device.deviceId && device.deviceId !== "communications")
      .map((device) => ({ id: device.deviceId, label: device.label }));
  return { microphones: named("audioinput"), speakers: named("audiooutput") };
}

/**
 * Whether a microphone that should be heard gives nothing at all, not even noise: pure, fed with levels.
 * One that was heard is given longer: some systems send nothing between the words.
 */
export class SilenceCheck {
  constructor({ floorDbfs = -95, heardDbfs = -50, unheardMs = 8_000, heardMs = 20_000 } = {}) {
    this.limits = { floorDbfs, heardDbfs, unheardMs, heardMs };
    this.heard = false;
    this.silent = false;
    /** @type {number | null} */
    this.sinceMs = null;
  }

  /** @param {number} dbfs @param {number} nowMs @param {boolean} due whether anything could be heard now */
  feed(dbfs, nowMs, due) {
    const { floorDbfs, heardDbfs, unheardMs, heardMs } = this.limits;
    if (dbfs > floorDbfs) {
      this.heard ||= dbfs >= heardDbfs;
      this.silent = false;
      this.sinceMs = null;
    } else if (!due) {
      this.sinceMs = null;
    } else {
      this.sinceMs ??= nowMs;
      this.silent ||= nowMs - this.sinceMs >= (this.heard ? heardMs : unheardMs);
    }
    return this.silent;
  }
}

/** Whether a microphone gives any sound: pure, fed with levels. */
export class SoundCheck {
  /** @param {number} nowMs @param {{heardDbfs?: number, silentAfterMs?: number}} [limits] */
  constructor(nowMs, { heardDbfs = -50, silentAfterMs = 6_000 } = {}) {
    this.heardDbfs = heardDbfs;
    this.silentAfterMs = silentAfterMs;
    this.sinceMs = nowMs;
    this.heard = false;
  }

  /** @param {number} dbfs @param {number} nowMs @returns {"waiting" | "heard" | "silent"} */
  feed(dbfs, nowMs) {
    if (dbfs >= this.heardDbfs) this.heard = true;
    if (this.heard) return "heard";
    return nowMs - this.sinceMs >= this.silentAfterMs ? "silent" : "waiting";
  }
}
